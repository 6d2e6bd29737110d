// Witnesses: what the reference kernels of ai-edge-litert 2.3.0 gave, or, where it says so, what
// the formulas of both builds give.

#include "vernier/quant/tflite.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/random.h"

namespace vernier {
namespace {

constexpr OutputRange s8 = {.zero_point = 0, .clamp = {-128, 127}};
constexpr OutputRange wide = {.zero_point = 0, .clamp = {-1000000000, 1000000000}};

double ratio(float x, float w, float y) { return static_cast<double>(x) * w / y; }

TEST(Tflite, TheTwoBuildsDiffer) {
  const Requantizer r{.integer_multiplier = 1894245924, .shift = 34};
  EXPECT_EQ(requantize(Requantization::tflite, r, 376706, 0, wide), 41536);
  EXPECT_EQ(requantize(Requantization::tflite_single, r, 376706, 0, wide), 41535);
}

TEST(Tflite, HalvesGoAwayFromZeroTwiceRoundedAndUpOnce) {
  const Requantizer quarter = make_tflite_requantizer(0.25);
  EXPECT_EQ(requantize(Requantization::tflite, quarter, 6, 0, s8), 2);
  EXPECT_EQ(requantize(Requantization::tflite, quarter, -6, 0, s8), -2);
  EXPECT_EQ(requantize(Requantization::tflite_single, quarter, 6, 0, s8), 2);
  EXPECT_EQ(requantize(Requantization::tflite_single, quarter, -6, 0, s8), -1);
}

// With a product of the scales in float32, -41 and -40 would come out.
TEST(Tflite, RatiosOfFullyConnectedAreFormedInDouble) {
  const double first = ratio(0.007309999782592058F, 1.3000000080864993e-06F, 0.17185400426387787F);
  EXPECT_EQ(requantize_in_double(first, -732409480, s8), -40);
  const double other = ratio(0.10000000149011612F, 1.0000000116860974e-07F, 0.20000000298023224F);
  EXPECT_EQ(requantize_in_double(other, -810000012, s8), -41);
}

// A logit of the keyword network, which is 10 with two roundings; and halves.
TEST(Tflite, FullyConnectedIsRoundedOnceHalfAwayFromZero) {
  const double kws = ratio(0.08023618906736374F, 0.008385760709643364F, 0.14469325542449951F);
  const OutputRange output{.zero_point = 14, .clamp = {-128, 127}};
  EXPECT_EQ(requantize_in_double(kws, -752, output), 11);
  EXPECT_EQ(requantize(Requantization::tflite, make_tflite_requantizer(kws), -752, 0, output), 10);
  EXPECT_EQ(requantize_in_double(0x1p-7, -7 * 64, s8), -4);
  EXPECT_EQ(requantize_in_double(0x1p-7, 5 * 64, s8), 3);
  EXPECT_EQ(requantize_in_double(1e300, 1, s8), 127);
}

TEST(Tflite, IsWithinHalfAStepAndABitOfTheRealResult) {
  Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const double real_ratio = std::exp2(3.0 - 25.0 * random.uniform());
    const auto sum = static_cast<std::int32_t>(random.below(1 << 24)) - (1 << 23);
    const Requantizer r = make_tflite_requantizer(real_ratio);
    ASSERT_GE(r.integer_multiplier, 1 << 30);
    const double exact = sum * std::ldexp(r.integer_multiplier, -r.shift);
    // The first rounding adds half of what the second one shifts out.
    const double slack = r.shift > 31 ? 0.5 + std::ldexp(0.5, 31 - r.shift) : 0.5;
    ASSERT_LE(std::abs(requantize(Requantization::tflite, r, sum, 0, wide) - exact), slack)
        << sum << ' ' << real_ratio;
    ASSERT_LE(std::abs(requantize(Requantization::tflite_single, r, sum, 0, wide) - exact), 0.5)
        << sum << ' ' << real_ratio;
  }
}

TEST(Tflite, WhatLeaves32BitsSaturates) {
  const Requantizer r = make_tflite_requantizer(1 << 20);
  EXPECT_EQ(multiply_twice_rounded(r, 1 << 20), 1 << 30);
  EXPECT_LE(multiply_twice_rounded(r, std::numeric_limits<std::int32_t>::min()), -(1 << 30));
  EXPECT_EQ(make_tflite_requantizer(std::exp2(-40.0)), Requantizer{});
  EXPECT_THROW(make_tflite_requantizer(std::exp2(31.0)), Error);
}

// ADD of MobileNetV2, which is -20 with one rounding.
TEST(Tflite, AnAdditionIsRequantizedThreeTimes) {
  const RescaledAddition sum =
      make_rescaled_addition(0.18986915051937103F, 0.1699049174785614F, 0.18754954636096954F);
  const OutputRange output{.zero_point = -14, .clamp = {-128, 127}};
  EXPECT_EQ(add_rescaled(Requantization::tflite, sum, -16 + 6, -27 + 31, output), -21);
  EXPECT_EQ(add_rescaled(Requantization::tflite_single, sum, -16 + 6, -27 + 31, output), -20);
}

TEST(Tflite, AnAverageThatKeepsItsParametersIsAQuotient) {
  EXPECT_EQ(rounded_quotient(3, 2), 2);
  EXPECT_EQ(rounded_quotient(-3, 2), -2);
  EXPECT_EQ(rounded_quotient(-4, 3), -1);
  EXPECT_EQ(rounded_quotient(0, 7), 0);
  EXPECT_EQ(rounded_quotient(std::numeric_limits<std::int32_t>::max(), 1),
            std::numeric_limits<std::int32_t>::max());
}

// MEAN of MobileNetV2: -120 if the count entered the ratio before it became a multiplier.
TEST(Tflite, TheMultiplierOfAMeanIsDividedByTheCount) {
  const Requantizer mean = make_tflite_mean(0.0235294122248888F, 0.019077831879258156F, 49);
  EXPECT_EQ(
      requantize(Requantization::tflite, mean, 337, 0, {.zero_point = -128, .clamp = {-128, 127}}),
      -119);
}

}  // namespace
}  // namespace vernier
