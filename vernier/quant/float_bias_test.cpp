// Witnesses: numbers on which OpenVINO 2026.4 (x86) and formulas that look the same disagree.

#include "vernier/quant/float_bias.h"

#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr IntRange u8 = {0, 255};
constexpr IntRange s8 = {-128, 127};

std::int32_t layer_output(std::int32_t sum, float scale, float bias, const QuantParams& y) {
  const FloatBias layer = make_float_bias(step_interval(y, u8));
  return round_affine(layer.rounding, biased(sum, scale, bias), u8);
}

TEST(FloatBias, TheOutputScaleIsInvertedTwice) {
  const float scale = 0.40625F * 6.40062935417518e-05F;
  EXPECT_EQ(layer_output(286220, scale, 0.7027207016944885F, {0.0638837069272995F, 0}), 127)
      << "times 255 / width it would be 128";
}

TEST(FloatBias, TheBiasIsNoIntegerOfTheSum) {
  const float scale = 0.019531255587935448F * 0.004416368436068296F;
  EXPECT_EQ(layer_output(286525, scale, -8.671876907348633F, {0.28906258940696716F, 0}), 55)
      << "with the bias in the sum it would be 56";
}

TEST(FloatBias, AnAddendCountsFromItsLowestInteger) {
  const QuantParams addend = {0.25F, 0};
  const QuantParams y = {0.5F, 0};
  const FloatBias layer = make_float_bias(step_interval(addend, s8), step_interval(y, s8));
  EXPECT_EQ(layer.subtrahend, 32.0F) << "128 steps of 0.25";
  // 1.0 + 0.25 * 6 = 2.5 = 5 steps of 0.5
  const float value = with_addend(layer, 1.0F, 6 + 128);
  EXPECT_EQ(round_affine(layer.rounding, value, u8) - 128, 5);
}

TEST(FloatBias, AMeanIsOneDivisionOrOneProduct) {
  const QuantParams x = {0.026516133919358253F, 0};
  const QuantParams y = {0.037001270800828934F, 0};
  const FloatMean product = make_float_mean(step_interval(x, u8), step_interval(y, u8), false);
  EXPECT_EQ(round_affine(product.rounding, mean_of(product, 427, 1.0F / 36.0F), u8), 9);
  const FloatMean quotient = make_float_mean(step_interval(x, u8), step_interval(y, u8), true);
  EXPECT_EQ(round_affine(quotient.rounding, mean_of(quotient, 427, 36.0F), u8), 8);
}

// Whatever the order of the roundings, half a step is the most.
TEST(FloatBias, IsWithinOneHalfOfTheReal) {
  Random random(7);
  for (int trial = 0; trial < 20000; ++trial) {
    const auto params = [&](IntRange range) {
      return QuantParams{static_cast<float>(std::exp2(2.0 - 4.0 * random.uniform())),
                         range.lo < 0 ? 0 : static_cast<std::int32_t>(random.below(256))};
    };
    const IntRange range = random.below(2) == 0 ? u8 : s8;
    const QuantParams addend = params(range);
    const QuantParams y = params(range);
    const FloatBias layer = make_float_bias(step_interval(addend, range), step_interval(y, range));
    const auto value = static_cast<float>(20.0 * random.normal());
    const auto other = static_cast<std::int32_t>(random.below(256));
    const std::int32_t result =
        range.lo + round_affine(layer.rounding, with_addend(layer, value, other), u8);
    const double real = value + dequantize(range.lo + other, addend);
    const double steps = real / y.scale + y.zero_point;
    const double inside = std::clamp<double>(steps, range.lo, range.hi);
    ASSERT_NEAR(result, inside, 0.5 + 1e-3) << trial;
  }
}

TEST(FloatBias, NoNumberIsTheLowestInteger) {
  const AffineRounding rounding = make_affine_rounding(step_interval({0.1F, 0}, s8));
  EXPECT_EQ(round_affine(rounding, std::numeric_limits<float>::quiet_NaN(), u8), 0);
  EXPECT_EQ(round_affine(rounding, std::numeric_limits<float>::infinity(), u8), 255);
  EXPECT_EQ(round_affine(rounding, 0.0F, u8), 128);
}

}  // namespace
}  // namespace vernier
