#include "vernier/loops/quantize_linear.h"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

template <typename Integer>
std::vector<Integer> quantize(const std::vector<float>& x, float scale, std::int32_t zero_point) {
  std::vector<Integer> y(x.size());
  quantize_linear({.inner = static_cast<std::int64_t>(x.size())}, {&scale, &zero_point}, x.data(),
                  y.data());
  return y;
}

TEST(QuantizeLinear, RoundsHalvesToEven) {
  EXPECT_EQ(quantize<std::int8_t>({0.5F, 1.5F, 2.5F, -0.5F, -1.5F}, 1.0F, 0),
            (std::vector<std::int8_t>{0, 2, 2, 0, -2}));
}

TEST(QuantizeLinear, Saturates) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(quantize<std::uint8_t>({-9.0F, 300.0F, infinity, -infinity, nan}, 1.0F, 3),
            (std::vector<std::uint8_t>{0, 255, 255, 0, 0}));
  EXPECT_EQ(quantize<std::uint16_t>({-1e9F, 1e9F}, 1.0F, 65535),
            (std::vector<std::uint16_t>{0, 65535}));
  EXPECT_EQ(quantize<std::int16_t>({-1e9F, 1e9F}, 1.0F, -32768),
            (std::vector<std::int16_t>{-32768, 32767}));
}

TEST(QuantizeLinear, ErrsByHalfAStepAtMost) {
  const std::vector<float> x = random_array(1000);
  const float scale = 0.03F;
  const std::int32_t zero_point = 5;
  const std::vector<std::int8_t> integers = quantize<std::int8_t>(x, scale, zero_point);
  std::vector<float> y(x.size());
  dequantize_linear({.inner = 1000}, {&scale, &zero_point}, integers.data(), y.data());
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (x[i] < -133 * scale || x[i] > 122 * scale) continue;  // saturated
    EXPECT_LE(std::abs(x[i] - y[i]), 0.5001F * scale) << x[i];
  }
}

TEST(QuantizeLinear, EachChannelHasItsOwnParameters) {
  const std::vector<float> x = {1, 2, 1, 2};
  const std::vector<float> scales = {1, 0.5F};
  const std::vector<std::int32_t> zero_points = {0, 10};
  std::vector<std::uint8_t> y(4);
  quantize_linear({.size = 2, .inner = 2}, {scales.data(), zero_points.data()}, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<std::uint8_t>{1, 2, 12, 14}));
}

TEST(DequantizeLinear, TakesTheWholeRangeOf32Bits) {
  const std::vector<std::int32_t> x = {std::numeric_limits<std::int32_t>::max()};
  const float scale = 1.0F;
  const std::int32_t zero_point = -1;
  float y = 0.0F;
  dequantize_linear({}, {&scale, &zero_point}, x.data(), &y);
  EXPECT_EQ(y, 0x1p31F);
}

}  // namespace
}  // namespace vernier
