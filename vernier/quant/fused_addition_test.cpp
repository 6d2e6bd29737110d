#include "vernier/quant/fused_addition.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/base/random.h"

namespace vernier {
namespace {

constexpr IntRange u8 = {0, 255};

// A sum on which ONNX Runtime 1.31.1 gives 122, and the formula with an unfused constant 123.
TEST(FusedAddition, IsThatOfOnnxRuntime) {
  const FusedAddition addition =
      make_fused_addition({1.28125F, 255}, {10.5F, 60}, {3.750000238418579F, 245});
  EXPECT_EQ(add_fused(addition, 3, 47, u8), 122);
}

// A product on which ONNX Runtime 1.31.1 gives 10, and a fused multiply-add 11.
TEST(FusedAddition, AProductIsThatOfOnnxRuntime) {
  const FusedAddition product =
      make_fused_product({0.026053214445710182F, 128}, {1.0F, 128}, {1.0F, 128});
  EXPECT_EQ(multiply_fused(product, 18 - 128, 169 - 128, u8), 10);
}

TEST(FusedAddition, IsWithinOneHalfOfTheRealSum) {
  Random random(5);
  const auto params = [&] {
    return QuantParams{static_cast<float>(0.01 + random.uniform()),
                       static_cast<std::int32_t>(random.below(256))};
  };
  for (int i = 0; i < 100000; ++i) {
    const QuantParams a = params();
    const QuantParams b = params();
    const QuantParams y = params();
    const auto left = static_cast<std::int32_t>(random.below(256));
    const auto right = static_cast<std::int32_t>(random.below(256));
    const double real = (static_cast<double>(a.scale) * (left - a.zero_point) +
                         static_cast<double>(b.scale) * (right - b.zero_point)) /
                            y.scale +
                        y.zero_point;
    const std::int32_t sum = add_fused(make_fused_addition(a, b, y), left, right, u8);
    ASSERT_LE(std::abs(sum - std::clamp(real, 0.0, 255.0)), 0.5 + 0.02)
        << left << " + " << right << " is " << real;
  }
}

}  // namespace
}  // namespace vernier
