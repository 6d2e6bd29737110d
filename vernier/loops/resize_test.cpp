#include "vernier/loops/resize.h"

#include <limits>

#include <gtest/gtest.h>

#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

std::vector<float> resized(const AxisResize& axis, const Interpolation& interpolation,
                           const std::vector<float>& x) {
  std::vector<float> y(static_cast<std::size_t>(axis.size));
  interpolate_axis(plan_interpolation(axis, interpolation), {.size = axis.source_size}, x.data(),
                   y.data());
  return y;
}

// Pixel centres at halves.
AxisResize half_pixel(std::int64_t source_size, std::int64_t size) {
  return {.map = {0.5, static_cast<double>(source_size), static_cast<double>(size), -0.5},
          .source_size = source_size,
          .size = size};
}

const std::vector<Interpolation> interpolations = {
    {}, {.cubic = true}, {.cubic = true, .exclude_outside = true}};

TEST(Interpolate, BySizeOneToOneIsTheIdentity) {
  const std::vector<float> x = random_array(7);
  for (const Interpolation& interpolation : interpolations) {
    EXPECT_EQ(resized(half_pixel(7, 7), interpolation, x), x);
  }
}

TEST(Interpolate, AConstantStaysConstant) {
  for (const Interpolation& interpolation : interpolations) {
    for (const float value : resized(half_pixel(5, 13), interpolation, std::vector(5, 0.5F))) {
      EXPECT_NEAR(value, 0.5F, 1e-6F);
    }
  }
}

TEST(Interpolate, LinearGivesKnownValues) {
  EXPECT_EQ(resized(half_pixel(2, 4), {}, {1, 2}), (std::vector<float>{1, 1.25F, 1.75F, 2}));
}

// Keys shows that a = -0.5 is exact for polynomials of degree 2 between the inner elements.
TEST(Interpolate, CubicReproducesAParabola) {
  const std::vector<float> x = {0, 1, 4, 9, 16, 25};
  const AxisResize axis = {.map = {.shift = 3.0, .denominator = 2.0}, .source_size = 6, .size = 6};
  const std::vector<float> y = resized(axis, {.cubic = true, .cubic_coefficient = -0.5}, x);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const float position = (static_cast<float>(i) + 3.0F) / 2.0F;
    EXPECT_NEAR(y[i], position * position, 1e-4F) << "at " << position;
  }
}

TEST(Interpolate, BeyondTheEndsTheEndOrTheExtrapolationStands) {
  const AxisResize axis = {.map = {.offset = -1.0}, .source_size = 2, .size = 4};
  EXPECT_EQ(resized(axis, {}, {1, 2}), (std::vector<float>{1, 1, 2, 2}));
  EXPECT_EQ(resized(axis, {.extrapolation = 9.0F}, {1, 2}), (std::vector<float>{9, 1, 2, 9}));
}

TEST(Interpolate, PositionsFarAwayOrWithoutMeaningReadInsideTheSource) {
  for (const double offset : {1e300, -1e300, std::numeric_limits<double>::quiet_NaN()}) {
    const AxisResize axis = {.map = {.offset = offset}, .source_size = 3, .size = 2};
    for (const std::int64_t index : plan_interpolation(axis, {.cubic = true}).indices) {
      EXPECT_TRUE(index >= 0 && index < 3) << index;
    }
  }
}

TEST(Interpolate, AnInnerAxisIsResizedForAllThatLiesUnderIt) {
  const std::vector<float> x = {0, 10, 2, 12, 100, 110, 102, 112};
  std::vector<float> y(12);
  const AxisResize axis = {.map = {.denominator = 2.0}, .source_size = 2, .size = 3};
  interpolate_axis(plan_interpolation(axis, {}), {.outer = 2, .size = 2, .inner = 2}, x.data(),
                   y.data());
  EXPECT_EQ(y, (std::vector<float>{0, 10, 1, 11, 2, 12, 100, 110, 101, 111, 102, 112}));
}

// The last axis has a loop of its own.
TEST(Interpolate, TheLastAxisGivesTheSameBitsAsAnyOther) {
  const std::vector<float> x = random_array(9);
  std::vector<float> twice;
  for (const float value : x) twice.insert(twice.end(), 2, value);
  for (const Interpolation& interpolation : interpolations) {
    const AxisResize axis = half_pixel(9, 14);
    std::vector<float> y(28);
    interpolate_axis(plan_interpolation(axis, interpolation), {.size = 9, .inner = 2}, twice.data(),
                     y.data());
    const std::vector<float> expected = resized(axis, interpolation, x);
    for (std::size_t i = 0; i < y.size(); ++i) ASSERT_EQ(y[i], expected[i / 2]) << "element " << i;
  }
}

TEST(CoordinateMap, IntegersComeOutAsIntegers) {
  for (std::int64_t size = 1; size < 200; ++size) {
    const CoordinateMap map = {.denominator = static_cast<double>(size)};
    EXPECT_EQ(map(3 * size), 3.0) << size;
  }
}

}  // namespace
}  // namespace vernier
