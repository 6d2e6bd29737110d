// quantile and percentile_hawq.

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

TEST(Quantile, OfGaussIsTheInverseErrorFunction) {
  const TensorStats stats = stats_of(gauss_values(200'000));
  const Range range = calibrate_quantile(stats, {}, {.quantile = 0.99});
  EXPECT_NEAR(range.hi, 2.5758F, 0.03F);  // P(|x| < 2.5758) = 0.99
  EXPECT_EQ(range.lo, -range.hi);
}

TEST(Quantile, CutsAnOutlierThatIsRarerThanTheShare) {
  const TensorStats stats = stats_of(with(gauss_values(20'000), 1000.0F));
  EXPECT_LT(calibrate_quantile(stats, {}, {}).hi, 10.0F);
  EXPECT_EQ(calibrate_quantile(stats, {}, {.quantile = 1.0}).hi, 1000.0F);
}

TEST(Quantile, CountsZerosAndGrowsWithTheShare) {
  std::vector<float> values = rectified(gauss_values(10'000));
  const TensorStats stats = stats_of(values);
  std::ranges::sort(values);
  float before = 0.0F;
  for (const double share : {0.6, 0.9, 0.99, 0.999, 0.9999}) {
    const float hi = calibrate_quantile(stats, {}, {.quantile = share}).hi;
    EXPECT_NEAR(hi, values[static_cast<std::size_t>(share * 10'000.0) - 1], 0.01F) << share;
    EXPECT_GE(hi, before);
    before = hi;
  }
}

TEST(Quantile, OfTheReleasedCodeIsTheCentreOfABin) {
  const TensorStats stats = stats_of(gauss_values(20'000));
  const float most = std::max(-stats.lo(), stats.hi());
  const float hi = calibrate_quantile(stats, {}, {.quantile = 0.99, .compat = Compat::mqbench}).hi;
  const float place = hi / (most / 2048.0F);
  EXPECT_NEAR(place - std::floor(place), 0.5F, 1e-3F);
  EXPECT_NEAR(hi, calibrate_quantile(stats, {}, {.quantile = 0.99}).hi, most / 2048.0F);
}

TEST(PercentileHawq, TakesEachSideByItself) {
  std::vector<float> values = with(rectified(laplace_values(20'000)), -50.0F);
  const TensorStats stats = stats_of(values);
  const Range range = calibrate_percentile_hawq(stats, {}, {.quantile = 0.999});
  std::ranges::sort(values);
  EXPECT_EQ(range.lo, 0.0F);
  EXPECT_NEAR(range.hi, values[19'980], 0.05F);
}

TEST(PercentileHawq, KeepsAFewValuesWhole) {
  const TensorStats stats = stats_of(std::vector<float>{-1.0F, 0.5F, 2.0F});
  EXPECT_NEAR(calibrate_percentile_hawq(stats, {}, {}).hi, 2.0F, 2e-3F);
  EXPECT_NEAR(calibrate_percentile_hawq(stats, {}, {}).lo, -1.0F, 2e-3F);
}

}  // namespace
}  // namespace vernier
