#include "vernier/data/resize.h"

#include <fstream>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

const std::map<std::string, Filter> filters = {{"nearest", Filter::nearest},
                                               {"bilinear", Filter::bilinear},
                                               {"bicubic", Filter::bicubic},
                                               {"area", Filter::area}};

Picture numbers(ImageSize size, std::int64_t channels) {
  Picture image = blank_image(size, channels);
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    image.pixels[i] = static_cast<std::uint8_t>(i * i * 37 + i * 11);
  return image;
}

TEST(Resize, AnImageOfOneColourKeepsIt) {
  for (const auto& [name, filter] : filters) {
    for (const ImageSize size : {ImageSize{3, 4}, {20, 31}, {7, 40}, {1, 1}}) {
      const Picture before = blank_image({9, 13}, 3, 201);
      EXPECT_EQ(resize(before, size, filter), blank_image(size, 3, 201)) << name;
      if (filter == Filter::bilinear || filter == Filter::bicubic) {
        EXPECT_EQ(resize_antialiased(before, size, filter), blank_image(size, 3, 201)) << name;
      }
    }
  }
}

TEST(Resize, TheSameSizeChangesNothing) {
  const Picture image = numbers({9, 13}, 3);
  for (const auto& [name, filter] : filters)
    EXPECT_EQ(resize(image, image.size(), filter), image) << name;
  EXPECT_EQ(resize_antialiased(image, image.size(), Filter::bilinear), image);
  EXPECT_EQ(resize_antialiased(image, image.size(), Filter::bicubic), image);
}

TEST(Resize, ChannelsDoNotMix) {
  const Picture grey = numbers({9, 13}, 1);
  Picture colour = blank_image({9, 13}, 3);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i) colour.pixels[i * 3 + 1] = grey.pixels[i];
  for (const ImageSize size : {ImageSize{5, 4}, {20, 17}}) {
    const Picture small = resize_antialiased(grey, size, Filter::bicubic);
    const Picture mixed = resize_antialiased(colour, size, Filter::bicubic);
    for (std::size_t i = 0; i < small.pixels.size(); ++i) {
      ASSERT_EQ(mixed.pixels[i * 3], 0);
      ASSERT_EQ(mixed.pixels[i * 3 + 1], small.pixels[i]);
    }
  }
}

TEST(Resize, AreaHalvesByTheMeanOfFour) {
  Picture image = blank_image({2, 4}, 1);
  image.pixels = {10, 20, 0, 8, 30, 40, 0, 8};
  EXPECT_EQ(resize(image, {1, 2}, Filter::area).pixels, (std::vector<std::uint8_t>{25, 4}));
  EXPECT_EQ(resize(image, {1, 2}, Filter::nearest).pixels, (std::vector<std::uint8_t>{10, 0}));
}

TEST(Resize, AntialiasedGivesTheBytesOfPil) {
  std::ifstream file(test_data("resize_vectors.txt"));
  std::map<std::string, Picture> images;
  std::string line;
  int compared = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string what;
    std::string name;
    std::string filter;
    std::string pixels;
    ImageSize size;
    words >> what >> name;
    if (what == "image") {
      Picture& image = images[name];
      words >> image.height >> image.width >> image.channels >> pixels;
      image.pixels = from_hexadecimal(pixels);
    } else if (what == "resized") {
      words >> filter >> size.height >> size.width >> pixels;
      EXPECT_EQ(resize_antialiased(images.at(name), size, filters.at(filter)).pixels,
                from_hexadecimal(pixels))
          << name << ' ' << filter << ' ' << size.height << 'x' << size.width;
      ++compared;
    }
  }
  EXPECT_EQ(compared, 38) << "tests/data/resize_vectors.txt is missing or incomplete";
}

TEST(Resize, RefusesSizesThatAreNone) {
  const Picture image = numbers({4, 4}, 3);
  EXPECT_THROW(resize(image, {0, 4}, Filter::area), Error);
  EXPECT_THROW(resize_antialiased(image, {4, 0}, Filter::bilinear), Error);
  EXPECT_THROW(resize_antialiased(image, {4, std::int64_t{1} << 40}, Filter::bilinear), Error);
}

}  // namespace
}  // namespace vernier
