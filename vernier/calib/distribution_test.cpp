#include "vernier/calib/distribution.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

TEST(ValueAt, IsTheOrderStatisticToWithinABin) {
  std::vector<float> values = with(rectified(gauss_values(999)), -7.0F);
  const TensorStats stats = stats_of(values);
  std::ranges::sort(values);
  for (std::size_t below = 1; below <= values.size(); ++below) {
    EXPECT_NEAR(value_at(stats.histogram, static_cast<double>(below)), values[below - 1],
                1.01 * stats.histogram.bin_width())
        << below;
  }
}

TEST(ValueAt, GrowsWithTheCount) {
  const TensorStats stats = stats_of(laplace_values(500));
  double before = -1e9;
  for (double count = 0.0; count <= 500.0; count += 0.25) {
    const double value = value_at(stats.histogram, count);
    EXPECT_GE(value, before) << count;
    before = value;
  }
}

TEST(Magnitudes, FoldTheSigns) {
  std::vector<float> values = laplace_values(300);
  const Histogram folded = magnitudes(stats_of(values).histogram);
  for (float& value : values) value = std::abs(value);
  EXPECT_EQ(folded, stats_of(values).histogram);
}

TEST(StandardDeviation, IsThatOfTheValues) {
  EXPECT_DOUBLE_EQ(standard_deviation(moments(std::vector<float>{1.0F, 2.0F, 3.0F, 4.0F})),
                   std::sqrt(5.0 / 3.0));
  EXPECT_EQ(standard_deviation(moments(std::vector<float>{2.5F})), 0.0);
}

}  // namespace
}  // namespace vernier
