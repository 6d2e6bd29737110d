#include "vernier/quant/affine.h"

#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace vernier {
namespace {

const std::vector<QuantSpec> specs = {
    {.range = signed_range(8)},
    {.range = signed_range(8, true)},
    {.range = unsigned_range(8)},
    {.range = unsigned_range(8), .symmetric = false},
    {.range = signed_range(8), .symmetric = false},
    {.range = signed_range(4), .rounding = Rounding::half_away},
    {.range = unsigned_range(2), .symmetric = false, .rounding = Rounding::half_up},
    {.range = signed_range(8), .power_of_two_scale = true},
    {.range = unsigned_range(16), .symmetric = false},
};
const std::vector<Range> ranges = {{-1.0F, 2.0F}, {0.0F, 6.0F},    {-3.0F, 0.0F},   {0.5F, 1.0F},
                                   {0.0F, 0.0F},  {-1e-3F, 1e30F}, {1e-44F, 1e-40F}};

template <typename Body>
void for_all(Body body) {
  for (const QuantSpec& spec : specs) {
    for (const Range& range : ranges) body(spec, range, choose_params(range, spec));
  }
}

TEST(ChooseParams, HasAFiniteScaleForTheLargestFloats) {
  for (const bool power_of_two : {false, true}) {
    const QuantSpec spec = {.range = signed_range(2, true), .power_of_two_scale = power_of_two};
    constexpr float most = std::numeric_limits<float>::max();
    EXPECT_TRUE(std::isfinite(choose_params({-most, most}, spec).scale)) << power_of_two;
  }
}

TEST(Affine, ZeroIsExact) {
  for_all([](const QuantSpec& spec, Range range, const QuantParams& params) {
    EXPECT_EQ(dequantize(quantize(0.0F, params, spec), params), 0.0F)
        << range.lo << ' ' << range.hi;
  });
}

TEST(Affine, TheScaleIsPositiveAndFinite) {
  for_all([](const QuantSpec&, Range range, const QuantParams& params) {
    EXPECT_GT(params.scale, 0.0F) << range.lo << ' ' << range.hi;
    EXPECT_TRUE(std::isfinite(1.0F / params.scale)) << range.lo << ' ' << range.hi;
  });
}

TEST(Affine, InsideTheRangeTheErrorIsAtMostHalfAStep) {
  for_all([](const QuantSpec& spec, Range range, const QuantParams& params) {
    const Range kept = representable(params, spec);
    const float lo = std::max(range.lo, kept.lo);
    const float hi = std::min(range.hi, kept.hi);
    for (int i = 0; i <= 100; ++i) {
      const float x = lo + (hi - lo) * static_cast<float>(i) / 100.0F;
      // 0.5, and what a quotient of up to 65535 steps loses in float32.
      const float error = std::abs(dequantize(quantize(x, params, spec), params) - x);
      EXPECT_LE(error, params.scale * 0.51F) << x;
    }
  });
}

TEST(Affine, FakeQuantizeTwiceIsFakeQuantizeOnce) {
  for_all([](const QuantSpec& spec, Range range, const QuantParams& params) {
    std::vector<float> once;
    for (int i = -50; i <= 150; ++i)
      once.push_back(range.lo + (range.hi - range.lo) * static_cast<float>(i) / 100.0F);
    fake_quantize(once, params, spec);
    std::vector<float> twice = once;
    fake_quantize(twice, params, spec);
    EXPECT_EQ(once, twice);
  });
}

TEST(Affine, FakeQuantizeIsQuantizeThenDequantize) {
  for_all([](const QuantSpec& spec, Range range, const QuantParams& params) {
    for (int i = -50; i <= 150; ++i) {
      const float x = range.lo + (range.hi - range.lo) * static_cast<float>(i) / 100.0F;
      float faked = x;
      fake_quantize({&faked, 1}, params, spec);
      EXPECT_EQ(faked, dequantize(quantize(x, params, spec), params)) << x;
    }
  });
}

TEST(Affine, AnAdaptiveSpecIsUnsignedWhereNothingIsNegative) {
  const QuantSpec spec = {.range = signed_range(8, true), .adaptive_sign = true};
  EXPECT_EQ(concrete(spec, {0.0F, 1.0F}).range, unsigned_range(8));
  EXPECT_EQ(concrete(spec, {-0.1F, 1.0F}).range, signed_range(8, true));
}

TEST(Affine, HalvesAreRoundedAsNamed) {
  const QuantParams unit;
  const auto rounded = [&](float x, Rounding rounding) {
    return quantize(x, unit, {.range = signed_range(8), .rounding = rounding});
  };
  EXPECT_EQ(rounded(2.5F, Rounding::half_even), 2);
  EXPECT_EQ(rounded(-2.5F, Rounding::half_even), -2);
  EXPECT_EQ(rounded(2.5F, Rounding::half_away), 3);
  EXPECT_EQ(rounded(-2.5F, Rounding::half_away), -3);
  EXPECT_EQ(rounded(2.5F, Rounding::half_up), 3);
  EXPECT_EQ(rounded(-2.5F, Rounding::half_up), -2);
}

TEST(Affine, SpecialValuesSaturate) {
  const QuantSpec spec = {.range = unsigned_range(8), .symmetric = false};
  const QuantParams params = choose_params({-1.0F, 1.0F}, spec);
  EXPECT_EQ(quantize(std::numeric_limits<float>::infinity(), params, spec), 255);
  EXPECT_EQ(quantize(-std::numeric_limits<float>::infinity(), params, spec), 0);
  EXPECT_EQ(quantize(std::nanf(""), params, spec), 0);
}

TEST(Affine, PowerOfTwoScalesArePowersOfTwo) {
  const QuantSpec spec = {.range = signed_range(8), .power_of_two_scale = true};
  for (const float most : {0.1F, 1.0F, 5.0F, 127.0F, 1000.0F}) {
    int exponent = 0;
    EXPECT_EQ(std::frexp(choose_params({-most, most}, spec).scale, &exponent), 0.5F) << most;
  }
}

}  // namespace
}  // namespace vernier
