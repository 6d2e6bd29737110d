#include "vernier/calib/histogram.h"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/calib/stats.h"

namespace vernier {
namespace {

std::vector<float> sample(std::int64_t count) {
  Random random(3);
  std::vector<float> values;
  for (std::int64_t i = 0; i < count; ++i) {
    const double magnitude = std::exp2(30.0 * random.uniform() - 15.0);
    values.push_back(static_cast<float>(random.below(3) == 0 ? 0.0 : magnitude * random.normal()));
  }
  values.push_back(-0.0F);
  values.push_back(0x1p10F);  // exactly on the edge of a range
  values.push_back(-0x1p10F);
  return values;
}

void add(Histogram& histogram, std::span<const float> values) {
  vernier::add(histogram, values, largest_magnitude(moments(values)));
}

TEST(Histogram, DoesNotDependOnOrderOrGrouping) {
  std::vector<float> values = sample(1000);
  Histogram whole;
  add(whole, values);
  Histogram one_by_one;
  for (const float value : values) add(one_by_one, {&value, 1});
  EXPECT_EQ(whole, one_by_one);
  Random(9).shuffle(std::span(values));
  Histogram parts;
  for (std::size_t begin = 0; begin < values.size(); begin += 100) {
    Histogram part;
    add(part, std::span(values).subspan(begin, std::min<std::size_t>(100, values.size() - begin)));
    merge(parts, part);
  }
  EXPECT_EQ(whole, parts);
}

TEST(Histogram, CountsEveryValueInTheBinAroundIt) {
  const std::vector<float> values = sample(500);
  Histogram whole;
  add(whole, values);
  EXPECT_EQ(whole.count(), static_cast<std::int64_t>(values.size()));
  for (const float value : values) {
    Histogram one;
    add(one, {&value, 1});
    if (value == 0.0F) {
      EXPECT_EQ(one.zeros, 1);
      continue;
    }
    const auto bin = std::ranges::find(one.bins, 1) - one.bins.begin();
    EXPECT_LE(std::abs(one.bin_centre(bin) - value), 0.5 * one.bin_width()) << value;
  }
}

TEST(Histogram, HoldsTheSmallestAndTheLargestFloats) {
  for (const float value : {1e-45F, 0x1p-126F, 3.4e38F, -3.4e38F}) {
    Histogram histogram;
    add(histogram, {&value, 1});
    EXPECT_EQ(histogram.count(), 1) << value;
  }
}

TEST(Histogram, HoldsTheLargestEvenIfItIsNotAmongTheSamples) {
  Histogram histogram;
  vernier::add(histogram, std::vector<float>{0.25F, -0.5F}, 7.5F);
  EXPECT_EQ(histogram.exponent, 3);
  EXPECT_EQ(histogram.count(), 2);
}

TEST(Histogram, OfZerosHasNoRange) {
  Histogram histogram;
  add(histogram, std::vector<float>(7, 0.0F));
  EXPECT_EQ(histogram.zeros, 7);
  EXPECT_FALSE(histogram.exponent.has_value());
}

}  // namespace
}  // namespace vernier
