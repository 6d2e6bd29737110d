#include "vernier/reference/resize_axes.h"

#include <array>

#include <gtest/gtest.h>

#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

struct Sizes {
  std::int64_t x;
  std::int64_t y;
};

Resize resize_of(Resize op, Sizes sizes) {
  op.scales = {static_cast<float>(static_cast<double>(sizes.y) / static_cast<double>(sizes.x))};
  op.sizes = {sizes.y};
  return op;
}

std::vector<double> positions(CoordinateMode mode, Sizes sizes) {
  const Resize op =
      resize_of({.coordinate_transformation_mode = mode, .roi = {0.25F, 0.75F}}, sizes);
  const AxisResize axis = axis_resize(op, 0, {sizes.x}, {sizes.y});
  std::vector<double> result;
  for (std::int64_t i = 0; i < axis.size; ++i) result.push_back(axis.map(i));
  return result;
}

std::vector<float> resized(const Resize& op, const std::vector<float>& x) {
  const Tensor input = Tensor::of<float>({static_cast<std::int64_t>(x.size())}, x);
  const Tensor y = evaluate(op, std::array{input}).at(0);
  return {y.view<float>().begin(), y.view<float>().end()};
}

using Positions = std::vector<double>;

TEST(AxisResize, EveryCoordinateMode) {
  EXPECT_EQ(positions(CoordinateMode::half_pixel, {2, 4}), (Positions{-0.25, 0.25, 0.75, 1.25}));
  EXPECT_EQ(positions(CoordinateMode::asymmetric, {2, 4}), (Positions{0, 0.5, 1, 1.5}));
  EXPECT_EQ(positions(CoordinateMode::align_corners, {3, 5}), (Positions{0, 0.5, 1, 1.5, 2}));
  EXPECT_EQ(positions(CoordinateMode::pytorch_half_pixel, {2, 4}),
            (Positions{-0.25, 0.25, 0.75, 1.25}));
  EXPECT_EQ(positions(CoordinateMode::tf_half_pixel_for_nn, {2, 4}),
            (Positions{0.25, 0.75, 1.25, 1.75}));
  EXPECT_EQ(positions(CoordinateMode::tf_crop_and_resize, {5, 3}), (Positions{1, 2, 3}));
}

TEST(AxisResize, OneElementStandsWhereItsModeSays) {
  EXPECT_EQ(positions(CoordinateMode::half_pixel, {4, 1}), (Positions{1.5}));
  EXPECT_EQ(positions(CoordinateMode::align_corners, {4, 1}), (Positions{0}));
  EXPECT_EQ(positions(CoordinateMode::pytorch_half_pixel, {4, 1}), (Positions{0}));
  EXPECT_EQ(positions(CoordinateMode::tf_crop_and_resize, {5, 1}), (Positions{2}));
}

// 10 / 6 as a float is a little off; 5 divided by it must be 3 all the same.
TEST(AxisResize, ARoundedScaleStillHitsTheIntegers) {
  EXPECT_EQ(positions(CoordinateMode::asymmetric, {6, 10})[5], 3.0);
}

TEST(AxisResize, AScaleThatIsNotTheRatioOfTheSizesStandsAsItIs) {
  Resize op{.coordinate_transformation_mode = CoordinateMode::align_corners};
  op.scales = {0.625F};
  op.sizes = {2};
  EXPECT_EQ(axis_resize(op, 0, {4}, {2}).map(1), 2.0) << "3 / (0.625 * 4 - 1)";
}

TEST(Resize, ToTheSameSizeIsTheIdentity) {
  const std::vector<float> x = {3, -1, 4, 1, -5};
  for (const ResizeMode mode : {ResizeMode::nearest, ResizeMode::linear, ResizeMode::cubic}) {
    for (const CoordinateMode coordinates :
         {CoordinateMode::half_pixel, CoordinateMode::asymmetric, CoordinateMode::align_corners,
          CoordinateMode::pytorch_half_pixel}) {
      const Resize op{.mode = mode, .coordinate_transformation_mode = coordinates};
      EXPECT_EQ(resized(resize_of(op, {5, 5}), x), x)
          << enum_name(mode) << ", " << enum_name(coordinates);
    }
  }
}

TEST(Resize, NearestRoundsAsItsModeSays) {
  // The positions are 0, 0.5, 1, 1.5.
  const auto nearest = [](NearestMode mode) {
    const Resize op{.coordinate_transformation_mode = CoordinateMode::asymmetric,
                    .nearest_mode = mode};
    return resized(resize_of(op, {2, 4}), {1, 2});
  };
  EXPECT_EQ(nearest(NearestMode::round_prefer_floor), (std::vector<float>{1, 1, 2, 2}));
  EXPECT_EQ(nearest(NearestMode::round_prefer_ceil), (std::vector<float>{1, 2, 2, 2}));
  EXPECT_EQ(nearest(NearestMode::floor), (std::vector<float>{1, 1, 2, 2}));
  EXPECT_EQ(nearest(NearestMode::ceil), (std::vector<float>{1, 2, 2, 2}));
}

TEST(Resize, ACropTakesTheExtrapolationValueOutsideOfX) {
  for (const ResizeMode mode : {ResizeMode::nearest, ResizeMode::linear, ResizeMode::cubic}) {
    Resize op{.mode = mode,
              .coordinate_transformation_mode = CoordinateMode::tf_crop_and_resize,
              .extrapolation_value = 9.0F};
    op.roi = {-0.5F, 1.0F};
    EXPECT_EQ(resized(resize_of(op, {3, 4}), {1, 2, 3}), (std::vector<float>{9, 1, 2, 3}))
        << enum_name(mode);
  }
}

TEST(Resize, ACropWithoutARegionIsAnError) {
  const Resize op{.coordinate_transformation_mode = CoordinateMode::tf_crop_and_resize};
  EXPECT_THROW(resized(resize_of(op, {3, 4}), {1, 2, 3}), Error);
}

TEST(Resize, LinearOverTwoAxesIsTheProductOfBoth) {
  Resize op{.mode = ResizeMode::linear};
  op.scales = {2, 2};
  op.sizes = {4, 4};
  const Tensor x = Tensor::of<float>({2, 2}, std::array{1.0F, 2.0F, 3.0F, 4.0F});
  const Tensor y = evaluate(op, std::array{x}).at(0);
  const std::array expected = {1.0F, 1.25F, 1.75F, 2.0F, 1.5F, 1.75F, 2.25F, 2.5F,
                               2.5F, 2.75F, 3.25F, 3.5F, 3.0F, 3.25F, 3.75F, 4.0F};
  EXPECT_EQ(y, Tensor::of<float>({4, 4}, expected));
}

}  // namespace
}  // namespace vernier
