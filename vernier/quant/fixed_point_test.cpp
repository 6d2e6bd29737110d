#include "vernier/quant/fixed_point.h"

#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/random.h"

namespace vernier {
namespace {

constexpr OutputRange wide = {.zero_point = 0, .clamp = {-1000000000, 1000000000}};
constexpr OutputRange u8 = {.zero_point = 7, .clamp = {0, 255}};
constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();

TEST(Requantize, IsWithinOneHalfOfTheRealResult) {
  Random random(1);
  for (int i = 0; i < 100000; ++i) {
    const auto sum = static_cast<std::int32_t>(random.below(1 << 20)) - (1 << 19);
    const auto addend = static_cast<std::int32_t>(random.below(511)) - 255;
    const auto ratio = static_cast<float>(std::exp2(-14.0 * random.uniform()));
    const auto addend_ratio = static_cast<float>(2.0 * random.uniform());
    const double real =
        sum * static_cast<double>(ratio) + addend * static_cast<double>(addend_ratio);
    for (const auto arithmetic : {Requantization::floating, Requantization::dyadic}) {
      const Requantizer r = make_requantizer(arithmetic, ratio, addend_ratio);
      // Float32 keeps 24 bits of the sum, dyadic 31 of each multiplier.
      const double slack = 0.5 + std::abs(real) * 0x1p-22;
      ASSERT_LE(std::abs(requantize(arithmetic, r, sum, addend, wide) - real), slack)
          << enum_name(arithmetic) << ' ' << sum << ' ' << addend << ' ' << ratio << ' '
          << addend_ratio;
    }
  }
}

TEST(Requantize, ManyAtOnceAreAsEachAlone) {
  Random random(2);
  const auto any_below = [&](std::int64_t count) {
    return static_cast<std::int32_t>(random.below(2 * count) - count);
  };
  for (int round = 0; round < 300; ++round) {
    const auto arithmetic = static_cast<Requantization>(round % 6);
    // Ratios of whole halves bring about ties.
    const float ratio =
        round % 2 == 0 ? 0.5F : static_cast<float>(std::exp2(-20 * random.uniform()));
    const Requantizer r = make_requantizer(arithmetic, ratio, round % 5 == 0 ? 0.0F : 0.75F);
    const OutputRange output = round % 7 == 0 ? wide : u8;
    std::vector<std::int32_t> sums = {least, least + 1, -1, 0, 1, most - 1, most};
    while (sums.size() < 70) sums.push_back(any_below(std::int64_t{1} << (1 + round % 31)));
    std::vector<std::int32_t> addends;
    while (round % 4 != 0 && addends.size() < sums.size()) addends.push_back(any_below(65536));
    std::vector<std::int32_t> expected;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      expected.push_back(
          requantize(arithmetic, r, sums[i], addends.empty() ? 0 : addends[i], output));
    }
    requantize(arithmetic, r, sums, addends, output);
    ASSERT_EQ(sums, expected) << enum_name(arithmetic) << ", ratio " << ratio;
  }
}

// Witness of a product that an FMA or a double would round to the other side: acc, scales and
// result as observed in ONNX Runtime 1.31 (QLinearConv), s = (sx * sw) / sy.
TEST(Requantize, FloatRoundsEachStepToFloat32) {
  const float scale = (1.6562498807907104F * 5.482313645188697e-05F) / 0.09375002235174179F;
  const Requantizer r = make_requantizer(Requantization::floating, scale);
  EXPECT_EQ(requantize(Requantization::floating, r, 12906, 0, {.zero_point = 0, .clamp = {0, 255}}),
            12);
}

TEST(Requantize, TheZeroPointIsAddedAfterRounding) {
  // 0.5 rounds to even before an odd zero point is added: 0 + 7, not round(7.5).
  const Requantizer half = make_requantizer(Requantization::floating, 0.5F);
  EXPECT_EQ(requantize(Requantization::floating, half, 1, 0, u8), 7);
  EXPECT_EQ(requantize(Requantization::floating, half, 3, 0, u8), 9);
}

TEST(Requantize, DyadicRoundsHalvesUp) {
  const Requantizer half = make_requantizer(Requantization::dyadic, 0.5F);
  EXPECT_EQ(requantize(Requantization::dyadic, half, 1, 0, wide), 1);
  EXPECT_EQ(requantize(Requantization::dyadic, half, -1, 0, wide), 0);
  EXPECT_EQ(requantize(Requantization::dyadic, half, -3, 0, wide), -1);
}

TEST(Requantize, ShiftIsExactForPowersOfTwo) {
  for (int n = 0; n < 20; ++n) {
    const Requantizer r =
        make_requantizer(Requantization::shift, std::exp2(-static_cast<float>(n)), 1.0F);
    for (const std::int32_t sum : {0, 1, -1, 1000, -1000, 1 << 20, -(1 << 20)}) {
      const double expected = std::floor(sum * std::exp2(-n) + 5 + 0.5);
      EXPECT_EQ(requantize(Requantization::shift, r, sum, 5, wide), expected) << sum << " >> " << n;
    }
  }
}

TEST(Requantize, TheLargestSumsSaturateAndDoNotOverflow) {
  for (const auto arithmetic :
       {Requantization::floating, Requantization::dyadic, Requantization::shift}) {
    for (const float ratio : {0.0F, 1e-38F, 0.999F, 1.0F, 1e6F, 5e8F}) {
      const Requantizer r = make_requantizer(arithmetic, ratio, ratio);
      EXPECT_EQ(requantize(arithmetic, r, 0, 0, u8), 7) << enum_name(arithmetic) << ' ' << ratio;
      const bool visible = ratio > 1e-6F;
      EXPECT_EQ(requantize(arithmetic, r, most, 65535, u8), visible ? 255 : 7)
          << enum_name(arithmetic) << ' ' << ratio;
      EXPECT_EQ(requantize(arithmetic, r, least, -65535, u8), visible ? 0 : 7)
          << enum_name(arithmetic) << ' ' << ratio;
    }
  }
  EXPECT_THROW(make_requantizer(Requantization::dyadic, 0x1p31F), Error);
}

Requantizer fixed16(float ratio, float addend_ratio = 0.0F) {
  return make_requantizer(Requantization::fixed16, ratio, addend_ratio);
}

std::int32_t by_fixed16(const Requantizer& r, std::int32_t sum, std::int32_t addend = 0,
                        const OutputRange& output = wide) {
  return requantize(Requantization::fixed16, r, sum, addend, output);
}

TEST(Fixed16, IsWithinSixTenthsOfTheRealResultUpTo512Steps) {
  constexpr double most_error = 0.6;
  Random random(3);
  for (int i = 0; i < 300000; ++i) {
    const auto ratio = static_cast<float>(std::exp2(9.9 - 40.0 * random.uniform()));
    const auto addend_ratio = static_cast<float>(random.below(2) == 0 ? 2.0 * random.uniform() : 0);
    const double term = 1023.0 * random.uniform() - 511.5;
    const double steps = std::min(std::abs(term) / ratio, double{most});
    const auto sum = static_cast<std::int32_t>(std::copysign(std::floor(steps), term));
    const auto addend = static_cast<std::int32_t>(random.below(511)) - 255;
    const double real = sum * double{ratio} + addend * double{addend_ratio};
    ASSERT_LE(std::abs(by_fixed16(fixed16(ratio, addend_ratio), sum, addend) - real), most_error)
        << sum << " * " << ratio << " + " << addend << " * " << addend_ratio;
  }
}

// What leaves 512 steps saturates, and no byte shows it, as long as the addend does not lead back.
TEST(Fixed16, OfBytesIsWithinSixTenthsForAnySum) {
  Random random(4);
  for (int i = 0; i < 300000; ++i) {
    const auto ratio = static_cast<float>(std::exp2(9.9 - 40.0 * random.uniform()));
    const auto addend_ratio = static_cast<float>(random.uniform());
    const auto sum = static_cast<std::int32_t>(random.bits()) >> static_cast<int>(random.below(32));
    const auto addend = static_cast<std::int32_t>(random.below(511)) - 255;
    const OutputRange output = {.zero_point = static_cast<std::int32_t>(random.below(256)),
                                .clamp = {0, 255}};
    const double real = sum * double{ratio} + addend * double{addend_ratio} + output.zero_point;
    ASSERT_LE(std::abs(by_fixed16(fixed16(ratio, addend_ratio), sum, addend, output) -
                       std::clamp(real, 0.0, 255.0)),
              0.6)
        << sum << " * " << ratio << " + " << addend << " * " << addend_ratio;
  }
}

TEST(Fixed16, IsMonotoneInBothTerms) {
  Random random(5);
  for (int i = 0; i < 2000; ++i) {
    const Requantizer r = fixed16(static_cast<float>(std::exp2(9.0 - 30.0 * random.uniform())),
                                  static_cast<float>(4.0 * random.uniform()));
    const std::int32_t sum =
        static_cast<std::int32_t>(random.bits()) >> static_cast<int>(1 + random.below(31));
    const auto addend = static_cast<std::int32_t>(random.below(511)) - 255;
    const std::int32_t here = by_fixed16(r, sum, addend);
    for (const std::int32_t step : {1, 2, 17, 1000}) {
      ASSERT_LE(here, by_fixed16(r, sum + step, addend)) << sum << " + " << step;
      ASSERT_LE(here, by_fixed16(r, sum, addend + step)) << addend << " + " << step;
    }
  }
}

TEST(Fixed16, ZeroIsExactAndTheLargestSumsSaturate) {
  for (const float ratio : {0.0F, 1e-38F, 1e-9F, 0.999F, 1.0F, 1000.0F}) {
    for (const float addend_ratio : {0.0F, 1.0F, 4.0F}) {
      const Requantizer r = fixed16(ratio, addend_ratio);
      EXPECT_EQ(by_fixed16(r, 0, 0, u8), 7) << ratio;
      if (ratio < 1e-6F) continue;
      EXPECT_EQ(by_fixed16(r, most, 255, u8), 255) << ratio;
      EXPECT_EQ(by_fixed16(r, least, -255, u8), 0) << ratio;
    }
  }
  EXPECT_THROW(fixed16(1024.0F), Error);
  EXPECT_THROW(fixed16(1.0F, 4.1F), Error);
}

// A change of parameters that is none, and halves, which go up.
TEST(Fixed16, IsExactForPowersOfTwo) {
  for (std::int32_t q = -255; q <= 255; ++q) {
    EXPECT_EQ(by_fixed16(fixed16(1.0F), q), q);
    EXPECT_EQ(by_fixed16(fixed16(0.5F, 1.0F), q, q), q + ((q + 1) >> 1));
    EXPECT_EQ(by_fixed16(fixed16(1.0F, 0.25F), q, q), q + ((q + 2) >> 2));
  }
}

}  // namespace
}  // namespace vernier
