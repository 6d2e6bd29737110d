#include "vernier/data/luma_grid.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/data/resize.h"

namespace vernier {
namespace {

Picture noise(ImageSize size, std::int64_t channels) {
  Random random(static_cast<std::uint64_t>(size.height * 1000 + size.width));
  Picture picture = blank_image(size, channels);
  for (std::uint8_t& each : picture.pixels) each = static_cast<std::uint8_t>(random.below(256));
  return picture;
}

constexpr std::array sizes = {ImageSize{8, 8}, ImageSize{9, 9}, ImageSize{28, 28},
                              ImageSize{75, 10}, ImageSize{33, 101}};

/// The mean over a cell of a picture whose pixels were each made 8x8 of them.
std::uint8_t mean_of_cell(const Picture& picture, std::int64_t row, std::int64_t column) {
  std::int64_t sum = 0;
  for (std::int64_t y = row * picture.height; y < (row + 1) * picture.height; ++y) {
    for (std::int64_t x = column * picture.width; x < (column + 1) * picture.width; ++x)
      sum += picture.pixels[static_cast<std::size_t>(y / 8 * picture.width + x / 8)];
  }
  const auto parts = static_cast<double>(picture.height * picture.width);
  return static_cast<std::uint8_t>(std::floor(static_cast<double>(sum) / parts + 0.5));
}

TEST(LumaGrid, IsTheMeanOfEachPart) {
  for (const ImageSize size : {ImageSize{1, 1}, ImageSize{3, 5}, ImageSize{9, 70}}) {
    const Picture picture = noise(size, 1);
    const LumaGrid grid = luma_grid(picture);
    for (std::size_t cell = 0; cell < grid.size(); ++cell) {
      const auto at = static_cast<std::int64_t>(cell);
      EXPECT_EQ(grid[cell], mean_of_cell(picture, at / 8, at % 8))
          << size.height << "x" << size.width << ", cell " << cell;
    }
  }
}

/// Of a single pixel.
std::uint8_t luma_of(const std::vector<std::uint8_t>& pixel) {
  const LumaGrid grid = luma_grid({1, 1, std::ssize(pixel), pixel});
  EXPECT_EQ(std::ranges::count(grid, grid[0]), std::ssize(grid));
  return grid[0];
}

TEST(LumaGrid, WeighsTheColoursAsJpegDoes) {
  EXPECT_EQ(luma_of({255, 0, 0}), 76);
  EXPECT_EQ(luma_of({0, 255, 0}), 150);
  EXPECT_EQ(luma_of({0, 0, 255}), 29);
  EXPECT_EQ(luma_of({255, 255, 255}), 255);
}

TEST(LumaGrid, IsTheFirstOfTwoOrFourChannels) {
  for (const std::int64_t channels : {2, 4}) {
    const Picture picture = noise({9, 70}, channels);
    Picture first = blank_image(picture.size(), 1);
    for (std::size_t i = 0; i < first.pixels.size(); ++i)
      first.pixels[i] = picture.pixels[i * static_cast<std::size_t>(channels)];
    EXPECT_EQ(luma_grid(picture), luma_grid(first)) << channels << " channels";
  }
}

// OpenCV adds in float32: a mean in the middle between two levels may fall to the other one.
TEST(LumaGrid, IsTheLumaOfAnAreaResize) {
  for (const ImageSize size : sizes) {
    const Picture picture = noise(size, 3);
    const LumaGrid grid = luma_grid(picture);
    const LumaGrid resized = luma_grid(resize(picture, {8, 8}, Filter::area));
    for (std::size_t cell = 0; cell < grid.size(); ++cell)
      EXPECT_NEAR(grid[cell], resized[cell], 1) << size.height << "x" << size.width;
  }
}

}  // namespace
}  // namespace vernier
