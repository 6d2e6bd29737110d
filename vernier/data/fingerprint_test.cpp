#include "vernier/data/fingerprint.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/data/dataset.h"
#include "vernier/data/picture_copies.h"

namespace vernier {
namespace {

/// Waves of two random directions in each channel, and a little noise.
Picture random_picture(std::uint64_t seed, ImageSize size) {
  Random random(seed);
  std::array<double, 12> wave{};
  for (double& each : wave) each = random.normal();
  Picture picture = blank_image(size, 3);
  std::size_t at = 0;
  for (std::int64_t y = 0; y < size.height; ++y) {
    for (std::int64_t x = 0; x < size.width; ++x) {
      const double v = 6.0 * static_cast<double>(y) / static_cast<double>(size.height);
      const double u = 6.0 * static_cast<double>(x) / static_cast<double>(size.width);
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const double* w = &wave[4 * channel];
        const double level = 128.0 + 50.0 * std::sin(w[0] * u + w[1] * v + 3.0 * w[2]) +
                             30.0 * std::sin(w[2] * v + w[3] * u) + 4.0 * random.normal();
        picture.pixels[at++] = static_cast<std::uint8_t>(std::clamp(level, 0.0, 255.0));
      }
    }
  }
  return picture;
}

LumaGrid luma_of(const Picture& picture) { return fingerprint(picture).luma.value_or(LumaGrid{}); }

std::vector<Fingerprint> prints_of(const std::vector<Picture>& pictures) {
  std::vector<Fingerprint> prints;
  prints.reserve(pictures.size());
  for (const Picture& each : pictures) prints.push_back(fingerprint(each));
  return prints;
}

std::vector<Picture> random_pictures(std::uint64_t first, int count, ImageSize size) {
  std::vector<Picture> pictures;
  for (int i = 0; i < count; ++i)
    pictures.push_back(random_picture(first + static_cast<std::uint64_t>(i), size));
  return pictures;
}

TEST(Fingerprint, KnowsCopies) {
  for (const ImageSize size : {ImageSize{32, 32}, ImageSize{75, 101}}) {
    for (const Picture& picture : random_pictures(1, 20, size)) {
      const LumaGrid luma = luma_of(picture);
      for (const int quality : {50, 70, 90})
        EXPECT_TRUE(look_alike(luma, luma_of(as_jpeg(picture, quality)))) << quality;
      EXPECT_TRUE(look_alike(luma, luma_of(halved(picture)))) << to_string(Shape{size.height});
      EXPECT_TRUE(look_alike(luma, luma_of(as_jpeg(halved(picture), 90))));
    }
  }
}

TEST(Fingerprint, FlatPicturesAreAlikeOnlyWhenTheyAreEqual) {
  const LumaGrid dark = luma_of(blank_image({9, 9}, 3, 10));
  EXPECT_TRUE(look_alike(dark, luma_of(blank_image({40, 40}, 3, 10))));
  EXPECT_FALSE(look_alike(dark, luma_of(blank_image({9, 9}, 3, 11))));
}

TEST(Fingerprint, GreyIsTheLumaOfGrey) {
  Picture grey = blank_image({16, 16}, 1);
  for (std::size_t i = 0; i < grey.pixels.size(); ++i)
    grey.pixels[i] = static_cast<std::uint8_t>(i);
  Picture colour = blank_image({16, 16}, 3);
  for (std::size_t i = 0; i < colour.pixels.size(); ++i) colour.pixels[i] = grey.pixels[i / 3];
  EXPECT_EQ(fingerprint(grey).luma, fingerprint(colour).luma);
  EXPECT_NE(fingerprint(grey).sha256, fingerprint(colour).sha256);
}

TEST(Fingerprint, AnElementChangesTheHashOfATensor) {
  Tensor tensor(DType::f32, {1, 2});
  const Fingerprint before = fingerprint(tensor);
  tensor.edit<float>()[1] = 1.0F;
  EXPECT_NE(fingerprint(tensor).sha256, before.sha256);
  EXPECT_FALSE(before.luma);
}

TEST(FindLeaks, NamesWhatBothSetsHold) {
  const std::vector<Picture> seen = random_pictures(1, 40, {32, 32});
  std::vector<Picture> validation = random_pictures(1000, 60, {32, 32});
  EXPECT_TRUE(find_leaks(prints_of(seen), prints_of(validation)).empty());
  validation[7] = seen[30];
  validation[20] = as_jpeg(seen[3], 60);
  validation[59] = halved(seen[39]);
  const std::vector<Leak> expected = {{30, 7, true}, {3, 20, false}, {39, 59, false}};
  EXPECT_EQ(find_leaks(prints_of(seen), prints_of(validation)), expected);
}

TEST(FindLeaks, EqualsTheComparisonOfAllPairs) {
  Random random(5);
  const auto grids = [&](int count) {
    std::vector<Fingerprint> prints;
    for (int i = 0; i < count; ++i) {
      LumaGrid grid{};
      const auto offset = random.below(12);
      for (std::size_t cell = 0; cell < grid.size(); ++cell) {
        grid[cell] = static_cast<std::uint8_t>(3 * cell +
                                               static_cast<std::size_t>(offset + random.below(5)));
      }
      prints.push_back({std::to_string(random.below(1000000)), grid});
    }
    return prints;
  };
  const std::vector<Fingerprint> a = grids(50);
  const std::vector<Fingerprint> b = grids(70);
  const std::vector<Leak> leaks = find_leaks(a, b);
  std::size_t next = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    const auto first = std::ranges::find_if(
        a, [&](const Fingerprint& each) { return look_alike(*each.luma, *b[i].luma); });
    if (first == a.end()) continue;
    ASSERT_LT(next, leaks.size());
    EXPECT_EQ(leaks[next++], (Leak{first - a.begin(), static_cast<std::int64_t>(i), false}));
  }
  EXPECT_EQ(next, leaks.size());
  EXPECT_TRUE(find_leaks({}, b).empty());
  EXPECT_TRUE(find_leaks(a, {}).empty());
}

}  // namespace
}  // namespace vernier
