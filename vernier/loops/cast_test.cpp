#include "vernier/loops/cast.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace vernier {
namespace {

template <typename To, typename From>
std::vector<To> cast_all(const std::vector<From>& values) {
  std::vector<To> result(values.size());
  cast({dtype_of<From>(), std::as_bytes(std::span(values))}, dtype_of<To>(),
       std::as_writable_bytes(std::span(result)));
  return result;
}

TEST(Cast, RealToIntegerDropsTheFraction) {
  EXPECT_EQ((cast_all<std::int32_t, float>({1.9F, -1.9F, 0.0F})),
            (std::vector<std::int32_t>{1, -1, 0}));
}

TEST(Cast, RealToIntegerSaturates) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ((cast_all<std::uint8_t, float>({-1.0F, 255.0F, 256.0F, infinity, nan})),
            (std::vector<std::uint8_t>{0, 255, 255, 255, 0}));
  EXPECT_EQ((cast_all<std::int64_t, float>({0x1p63F, -0x1p63F, -infinity})),
            (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::max(),
                                       std::numeric_limits<std::int64_t>::min(),
                                       std::numeric_limits<std::int64_t>::min()}));
  EXPECT_EQ((cast_all<std::int32_t, double>({2147483646.5, 2147483647.5})),
            (std::vector<std::int32_t>{2147483646, 2147483647}));
}

TEST(Cast, IntegerToNarrowerIntegerKeepsTheLowBits) {
  EXPECT_EQ((cast_all<std::int8_t, std::int64_t>({300, -1, -129})),
            (std::vector<std::int8_t>{44, -1, 127}));
}

TEST(Cast, WideningIsExact) {
  EXPECT_EQ((cast_all<float, std::int16_t>({-32768, 32767})),
            (std::vector<float>{-32768.0F, 32767.0F}));
  EXPECT_EQ((cast_all<std::int64_t, std::uint16_t>({65535})), (std::vector<std::int64_t>{65535}));
}

}  // namespace
}  // namespace vernier
