#include <array>

#include <gtest/gtest.h>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

// Banner et al., released code: the table of alpha / b for 2 to 8 bits.
constexpr std::array laplace = {2.83, 3.89, 5.03, 6.2, 7.41, 8.64, 9.89};
// ncnn, tools/quantize: alpha / sigma for 2 to 8 bits.
constexpr std::array gauss = {1.71063519, 2.15159277, 2.55913646, 2.93620062,
                              3.28691474, 3.6151146,  3.92403714};

TEST(Aciq, OfLaplaceIsThePapersTable) {
  // With 2 bits the cut of Gauss has the less error, because one of the four integers is zero.
  const TensorStats stats = stats_of(laplace_values(200'000));
  for (int bits = 3; bits <= 7; ++bits) {
    const double expected = laplace.at(static_cast<std::size_t>(bits - 2));
    EXPECT_NEAR(calibrate_aciq(stats, asymmetric_spec(bits), {}).hi, expected, 0.02 * expected)
        << bits;
  }
}

TEST(Aciq, OfGaussIsThePapersTable) {
  const TensorStats stats = stats_of(gauss_values(200'000));
  for (int bits = 2; bits <= 8; ++bits) {
    const double expected = gauss.at(static_cast<std::size_t>(bits - 2));
    EXPECT_NEAR(calibrate_aciq(stats, asymmetric_spec(bits), {}).hi, expected, 0.02 * expected)
        << bits;
  }
}

TEST(Aciq, OfARectifiedTensorHasTheBitOfTheSign) {
  const TensorStats stats = stats_of(rectified(laplace_values(200'000)));
  for (int bits = 2; bits <= 6; ++bits) {
    const double expected = laplace.at(static_cast<std::size_t>(bits - 1));
    EXPECT_NEAR(calibrate_aciq(stats, unsigned_spec(bits), {}).hi, expected, 0.03 * expected)
        << bits;
  }
}

TEST(Aciq, OfNcnnGuessesSigmaFromTheLargest) {
  std::vector<float> values = times(gauss_values(9'999), 0.1F);
  values.push_back(1.0F);
  const double constant = 0.5 * 0.35 * (1.0 + std::sqrt(3.14159265358979 * std::log(4.0)));
  const double sigma = 2.0 * constant / std::sqrt(2.0 * std::log(10'000.0));
  const CalibOptions options = {.compat = Compat::ncnn};
  for (const int bits : {2, 3, 4}) {
    EXPECT_NEAR(calibrate_aciq(stats_of(values), signed_spec(bits), options).hi,
                std::min(1.0, gauss.at(static_cast<std::size_t>(bits - 2)) * sigma), 1e-5)
        << bits;
  }
}

}  // namespace
}  // namespace vernier
