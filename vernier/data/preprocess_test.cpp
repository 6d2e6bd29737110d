#include "vernier/data/preprocess.h"

#include <limits>

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

// The pixel at (row, column) is (row, column, row + column).
Picture coordinates(std::int64_t height, std::int64_t width) {
  Picture image = blank_image({height, width}, 3);
  for (std::int64_t i = 0; i < height * width; ++i) {
    const auto at = static_cast<std::size_t>(i * 3);
    image.pixels[at] = static_cast<std::uint8_t>(i / width);
    image.pixels[at + 1] = static_cast<std::uint8_t>(i % width);
    image.pixels[at + 2] = static_cast<std::uint8_t>(i / width + i % width);
  }
  return image;
}

std::vector<float> values(const Tensor& tensor) {
  return {tensor.view<float>().begin(), tensor.view<float>().end()};
}

Shape shape_after(const Picture& image, const ResizeStep& step) {
  return apply({{step}}, image).shape();
}

TEST(Preprocess, WithoutStepsTheBytesBecomeFloatsInPlanes) {
  const Tensor tensor = apply({}, coordinates(2, 3));
  EXPECT_EQ(tensor.shape(), (Shape{3, 2, 3}));
  EXPECT_EQ(values(tensor),
            (std::vector<float>{0, 0, 0, 1, 1, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 1, 2, 3}));
}

TEST(Preprocess, TheShortSideIsMetAndTheLongOneTruncated) {
  EXPECT_EQ(shape_after(coordinates(10, 15), {.to = ShortSide{7}}), (Shape{3, 7, 10}));
  EXPECT_EQ(shape_after(coordinates(15, 10), {.to = ShortSide{7}}), (Shape{3, 10, 7}));
  EXPECT_EQ(shape_after(coordinates(9, 9), {.to = ShortSide{20}}), (Shape{3, 20, 20}));
  EXPECT_EQ(shape_after(coordinates(9, 12), {.to = ImageSize{5, 6}}), (Shape{3, 5, 6}));
}

TEST(Preprocess, ALetterboxFillsWhatTheImageLeaves) {
  const Picture white = blank_image({10, 20}, 1, 255);
  const Tensor tensor = apply({{ResizeStep{.to = Letterbox{{8, 8}, 3}}}}, white);
  ASSERT_EQ(tensor.shape(), (Shape{1, 8, 8}));
  const std::vector<float> pixels = values(tensor);
  for (std::size_t i = 0; i < pixels.size(); ++i) EXPECT_EQ(pixels[i], i < 32 ? 255.0F : 3.0F) << i;
}

TEST(Preprocess, ALetterboxKeepsAtLeastOnePixel) {
  EXPECT_EQ(shape_after(coordinates(1, 200), {.to = Letterbox{{8, 8}}}), (Shape{3, 8, 8}));
}

TEST(Preprocess, AntialiasingIsForSmoothFiltersAndCanBeTurnedOff) {
  const Picture image = coordinates(40, 60);
  const ImageSize size = {7, 9};
  for (const Filter filter : {Filter::bilinear, Filter::bicubic}) {
    EXPECT_EQ(apply({{ResizeStep{size, filter}}}, image),
              apply({}, resize_antialiased(image, size, filter)));
    EXPECT_EQ(apply({{ResizeStep{size, filter, false}}}, image),
              apply({}, resize(image, size, filter)));
  }
  for (const Filter filter : {Filter::nearest, Filter::area})
    EXPECT_EQ(apply({{ResizeStep{size, filter}}}, image), apply({}, resize(image, size, filter)));
}

// 227 to 224 is the crop that the published figures of the ImageNet subset are for.
TEST(Preprocess, ACropTakesTheCentreRoundedTowardsTheTopLeft) {
  const Tensor odd = apply({{CropStep{{224, 224}}}}, coordinates(227, 227));
  EXPECT_EQ(odd.view<float>().front(), 1.0F);
  EXPECT_EQ(odd.view<float>().back(), static_cast<float>((224 + 224) % 256));
  const Tensor even = apply({{CropStep{{1, 2}}}}, coordinates(3, 6));
  EXPECT_EQ(values(even), (std::vector<float>{1, 1, 2, 3, 3, 4}));
}

TEST(Preprocess, ChannelsChangeTheOrder) {
  Picture pixel = blank_image({1, 1}, 3);
  pixel.pixels = {100, 150, 200};
  const auto with = [](const Picture& image, ChannelOrder order) {
    return values(apply({{ChannelsStep{order}}}, image));
  };
  EXPECT_EQ(with(pixel, ChannelOrder::rgb), (std::vector<float>{100, 150, 200}));
  EXPECT_EQ(with(pixel, ChannelOrder::bgr), (std::vector<float>{200, 150, 100}));
  EXPECT_EQ(with(pixel, ChannelOrder::grey), (std::vector<float>{141}));  // 140.76, as PIL
  const Picture grey = blank_image({1, 1}, 1, 9);
  EXPECT_EQ(with(grey, ChannelOrder::rgb), (std::vector<float>{9, 9, 9}));
  EXPECT_EQ(with(grey, ChannelOrder::grey), (std::vector<float>{9}));
}

TEST(Preprocess, FloatStepsFollowTheChannelsInTheOrderGiven) {
  Picture pixel = blank_image({1, 1}, 3);
  pixel.pixels = {100, 150, 200};
  const Preprocess steps = {{ChannelsStep{ChannelOrder::bgr}, ScaleStep{0.5F},
                             NormalizeStep{{100.0F, 70.0F, 45.0F}, {1.0F, 5.0F, 3.0F}}}};
  EXPECT_EQ(values(apply(steps, pixel)), (std::vector<float>{0, 1, 5.0F / 3.0F}));
}

TEST(Preprocess, RefusesStepsThatCannotBeMeant) {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<Preprocess> wrong = {
      {{ScaleStep{0.5F}, CropStep{{1, 1}}}},
      {{NormalizeStep{{1.0F}, {1.0F}}, ChannelsStep{}}},
      {{ChannelsStep{}, ChannelsStep{}}},
      {{ResizeStep{ShortSide{0}}}},
      {{ResizeStep{ImageSize{-1, 4}}}},
      {{ResizeStep{Letterbox{{4, 0}}}}},
      {{CropStep{{0, 1}}}},
      {{CropStep{{1, std::int64_t{1} << 62}}}},
      {{NormalizeStep{{1.0F, 2.0F, 3.0F}, {1.0F}}}},
      {{NormalizeStep{}}},
      {{NormalizeStep{{1.0F}, {0.0F}}}},
      {{ScaleStep{0.0F}}},
      {{ScaleStep{infinity}}},
  };
  for (std::size_t i = 0; i < wrong.size(); ++i) EXPECT_THROW(verify(wrong[i]), Error) << i;
}

TEST(Preprocess, RefusesStepsThatDoNotFitTheImage) {
  const Picture image = coordinates(4, 5);
  EXPECT_NE(message_of([&] { apply({{CropStep{{5, 5}}}}, image); }).find("4x5"), std::string::npos);
  EXPECT_THROW(apply({{NormalizeStep{{1.0F}, {1.0F}}}}, image), Error);
  EXPECT_THROW(apply({{ResizeStep{ShortSide{30000}}}}, image), Error);
}

}  // namespace
}  // namespace vernier
