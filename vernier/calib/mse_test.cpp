#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

// The search on the histogram against the same 100 steps on the values themselves.
constexpr double worse_than_steps = 1.02;
// Two ends against a grid of 40 x 40.
constexpr double worse_than_grid = 1.01;

double best_alike(const std::vector<float>& values, const QuantSpec& spec, double power) {
  const TensorStats stats = stats_of(values);
  double least = std::numeric_limits<double>::infinity();
  for (int i = 1; i <= 100; ++i) {
    const float a = static_cast<float>(i) / 100.0F;
    least = std::min(least, true_error(values, {stats.lo() * a, stats.hi() * a}, spec, power));
  }
  return least;
}

double best_apart(const std::vector<float>& values, const QuantSpec& spec) {
  const TensorStats stats = stats_of(values);
  double least = std::numeric_limits<double>::infinity();
  for (int i = 1; i <= 40; ++i) {
    for (int k = 1; k <= 40; ++k) {
      const Range range = {stats.lo() * static_cast<float>(i) / 40.0F,
                           stats.hi() * static_cast<float>(k) / 40.0F};
      least = std::min(least, true_error(values, range, spec));
    }
  }
  return least;
}

/// Symmetric, rectified, with an outlier, and shifted by an activation such as h-swish.
std::vector<std::vector<float>> samples() {
  std::vector<float> shifted = laplace_values(1000, 3);
  for (float& value : shifted) value = std::max(value + 0.5F, -0.3F);
  std::vector<float> skewed = gauss_values(1000, 4);
  for (float& value : skewed) value = value < 0.0F ? 0.2F * value : value * value * value;
  return {gauss_values(1000),
          laplace_values(1000),
          rectified(laplace_values(1000)),
          with(gauss_values(1000), 12.0F),
          shifted,
          skewed};
}

TEST(Mse, IsNoWorseThanEveryStep) {
  for (const std::vector<float>& values : samples()) {
    for (const int bits : {2, 4, 8}) {
      for (const QuantSpec& spec : {signed_spec(bits), signed_spec(bits, true), unsigned_spec(bits),
                                    asymmetric_spec(bits)}) {
        for (const double power : {2.0, 2.4}) {
          const CalibOptions options = {.power = power, .sides = 1};
          const Range range = calibrate_mse(stats_of(values), spec, options);
          EXPECT_LE(true_error(values, range, spec, power),
                    worse_than_steps * best_alike(values, spec, power))
              << bits << " bits from " << spec.range.lo << ", power " << power;
        }
      }
    }
  }
}

TEST(Mse, OfTwoSidesIsNoWorseThanAGrid) {
  for (const std::vector<float>& values : samples()) {
    for (const int bits : {3, 4, 8}) {
      const QuantSpec spec = asymmetric_spec(bits);
      const Range range = calibrate_mse(stats_of(values), spec, {});
      EXPECT_LE(true_error(values, range, spec), worse_than_grid * best_apart(values, spec))
          << bits << " bits: " << range.lo << " " << range.hi;
    }
  }
}

TEST(Mse, OfGaussIsTheKnownOptimum) {
  // Banner et al., 2019: 2.55 sigma at 4 bits; with 15 instead of 16 steps in all a little less.
  const TensorStats stats = stats_of(gauss_values(300'000));
  EXPECT_NEAR(calibrate_mse(stats, signed_spec(4, true), {}).hi, 2.5F, 0.1F);
}

TEST(Mse, CutsAnOutlierWhenTheOthersGainMore) {
  const TensorStats stats = stats_of(with(gauss_values(100'000), 100.0F));
  EXPECT_LT(calibrate_mse(stats, signed_spec(4), {}).hi, 50.0F);
  EXPECT_EQ(calibrate_mse(stats, signed_spec(16), {}).hi, 100.0F);
}

TEST(Mse, OfOneSideTriesEveryHundredth) {
  const TensorStats stats = stats_of(laplace_values(1000));
  const Range range = calibrate_mse(stats, signed_spec(4), {});
  const float hundredths =
      100.0F * std::max(-range.lo, range.hi) / std::max(-stats.lo(), stats.hi());
  EXPECT_NEAR(hundredths, std::round(hundredths), 1e-3F);
}

TEST(Mse, TriesNoMoreThanItsCandidates) {
  const TensorStats stats = stats_of(with(gauss_values(300'000), 100.0F));
  EXPECT_FLOAT_EQ(calibrate_mse(stats, signed_spec(4), {.candidates = 81}).hi, 20.0F);
  EXPECT_FLOAT_EQ(calibrate_mse(stats, signed_spec(4), {.candidates = 1}).hi, 100.0F);
}

TEST(Mse, FindsWhatAnOutlierDwarfs) {
  const std::vector<float> values = gauss_values(300'000);
  const float alone = calibrate_mse(stats_of(values), signed_spec(4), {}).hi;
  const float beside = calibrate_mse(stats_of(with(values, 100.0F)), signed_spec(4), {}).hi;
  EXPECT_NEAR(beside, alone, 0.1F * alone);
}

}  // namespace
}  // namespace vernier
