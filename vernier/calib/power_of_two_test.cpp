#include <algorithm>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

// Errors over the histogram against those of the values.
constexpr double tolerance = 1.01;

float scale_of(const std::vector<float>& values, const QuantSpec& spec) {
  return choose_params(calibrate_power_of_two(stats_of(values), spec, {}), spec).scale;
}

TEST(PowerOfTwo, IsTheBestOfFive) {
  for (const std::vector<float>& values :
       {gauss_values(2000), laplace_values(2000), with(gauss_values(2000), 9.0F)}) {
    for (const int bits : {2, 4, 8}) {
      const QuantSpec spec = signed_spec(bits, true);
      double least = std::numeric_limits<double>::infinity();
      for (int exponent = -12; exponent < 6; ++exponent) {
        const float most = std::ldexp(static_cast<float>(spec.range.hi), exponent);
        least = std::min(least, true_error(values, {-most, most}, spec));
      }
      const Range range = calibrate_power_of_two(stats_of(values), spec, {});
      EXPECT_LE(true_error(values, range, spec), tolerance * least) << bits;
    }
  }
}

TEST(PowerOfTwo, GivesAPowerOfTwoUnderEverySpec) {
  for (const std::vector<float>& values : {gauss_values(500), rectified(gauss_values(500)),
                                           with(rectified(laplace_values(99)), -9.0F)}) {
    for (const QuantSpec& spec : all_specs()) {
      const float scale = scale_of(values, spec);
      EXPECT_NEAR(std::log2(scale), std::round(std::log2(scale)), 1e-5F) << spec.range.lo;
    }
  }
}

TEST(PowerOfTwo, ExceedsWhatWasObservedByLessThanAFactorOfTwo) {
  for (const std::vector<float>& values : {gauss_values(500), rectified(laplace_values(500))}) {
    const TensorStats stats = stats_of(values);
    for (const QuantSpec& spec : all_specs()) {
      const Range range = calibrate_power_of_two(stats, spec, {});
      EXPECT_LT(range.hi - range.lo, 2.1F * 2.0F * std::max(-stats.lo(), stats.hi()))
          << spec.range.lo;
    }
  }
}

}  // namespace
}  // namespace vernier
