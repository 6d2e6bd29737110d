// norm and meanstd, which know the moments only.

#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

const std::vector<float> four = {-3.0F, -1.0F, 1.0F, 5.0F};  // E|x| = 2.5, mean 0.5

TEST(Norm, IsTheFormulaOfLsq) {
  const TensorStats stats = stats_of(four);
  for (const QuantSpec& spec : {signed_spec(8), signed_spec(4, true), unsigned_spec(3)}) {
    const Range range = calibrate_norm(stats, spec, {});
    EXPECT_FLOAT_EQ(choose_params(range, spec).scale,
                    2.0F * 2.5F / std::sqrt(static_cast<float>(spec.range.hi)));
  }
}

TEST(Norm, WithAZeroPointBeginsAtTheMinimum) {
  const QuantSpec spec = asymmetric_spec(8);
  const QuantParams params = choose_params(calibrate_norm(stats_of(four), spec, {}), spec);
  EXPECT_FLOAT_EQ(params.scale, 5.0F / std::sqrt(255.0F));
  EXPECT_EQ(params.zero_point, std::lround(3.0F / params.scale));
}

TEST(Meanstd, IsSigmasAroundTheMean) {
  const TensorStats stats = stats_of(gauss_values(100'000));
  for (const double sigma : {1.0, 2.6, 3.0}) {
    const Range range = calibrate_meanstd(stats, signed_spec(8), {.sigma = sigma});
    EXPECT_NEAR(range.hi, sigma, 0.02);
    EXPECT_NEAR(range.lo, -sigma, 0.02);
  }
}

TEST(Meanstd, NeverLeavesTheObservedRange) {
  const Range range = calibrate_meanstd(stats_of(std::vector<float>{1.0F, 2.0F, 3.0F}), {}, {});
  EXPECT_EQ(range, (Range{1.0F, 3.0F}));
}

TEST(Meanstd, OfTheReleasedCodeIsHalfOfThePapers) {
  const TensorStats stats = stats_of(gauss_values(10'000));
  const QuantSpec spec = signed_spec(8);
  const float paper = choose_params(calibrate_meanstd(stats, spec, {}), spec).scale;
  const float code =
      choose_params(calibrate_meanstd(stats, spec, {.compat = Compat::mqbench}), spec).scale;
  EXPECT_NEAR(code / paper, 127.0F / 256.0F, 1e-4F);
  const Range dsq = calibrate_meanstd(stats, spec, {.compat = Compat::mqbench_dsq});
  EXPECT_EQ(dsq, calibrate_minmax(stats, spec, {})) << "3 sigma lie within";
}

}  // namespace
}  // namespace vernier
