#include "vernier/calib/expected_error.h"

#include <gtest/gtest.h>

#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

/// Many points in every bin, quantized as the real quantizer does.
double sampled_error(const Histogram& histogram, const QuantParams& params, const QuantSpec& spec,
                     double power) {
  constexpr int points = 200;
  double sum = 0.0;
  for (std::int64_t bin = 0; bin < 2 * Histogram::side; ++bin) {
    const auto count = static_cast<double>(histogram.bins[static_cast<std::size_t>(bin)]);
    if (count == 0.0) continue;
    for (int i = 0; i < points; ++i) {
      const double x =
          histogram.bin_centre(bin) + (((i + 0.5) / points - 0.5) * histogram.bin_width());
      const double seen = dequantize(quantize(static_cast<float>(x), params, spec), params);
      sum += count / points * std::pow(std::abs(seen - x) / histogram.bin_width(), power);
    }
  }
  return sum;
}

TEST(ExpectedError, IsTheIntegralOverTheBins) {
  const Histogram histogram = stats_of(with(gauss_values(200), -5.0F)).histogram;
  for (const double power : {1.0, 2.0, 2.4, 3.0}) {
    for (const int bits : {2, 4, 8, 11}) {
      for (const QuantSpec& spec : {signed_spec(bits), signed_spec(bits, true), unsigned_spec(bits),
                                    asymmetric_spec(bits)}) {
        for (const Range range : {Range{-5.0F, 3.0F}, Range{-0.7F, 1.1F}}) {
          const QuantParams params = choose_params(range, spec);
          const double expected = sampled_error(histogram, params, spec, power);
          EXPECT_NEAR(expected_error(density_of(histogram), params, spec, power), expected,
                      2e-3 * expected)
              << bits << " bits, power " << power;
        }
      }
    }
  }
}

TEST(ExpectedError, OfFineIntegersIsAStepsSquareOverTwelve) {
  const Histogram histogram = stats_of(gauss_values(5000)).histogram;
  const QuantSpec spec = signed_spec(16);
  const QuantParams params = choose_params({-8.0F, 8.0F}, spec);
  const double step = params.scale / histogram.bin_width();
  EXPECT_NEAR(expected_error(density_of(histogram), params, spec, 2.0), 5000.0 * step * step / 12.0,
              1e-3 * 5000.0 * step * step / 12.0);
}

TEST(ExpectedError, OfZerosIsNothing) {
  const Histogram zeros = stats_of(std::vector<float>(9, 0.0F)).histogram;
  EXPECT_EQ(expected_error(density_of(zeros), {}, signed_spec(8), 2.0), 0.0);
}

}  // namespace
}  // namespace vernier
