#pragma once

#include <cmath>
#include <cstdint>

#include "vernier/quant/fixed_point.h"

namespace vernier {

/// How two tensors of integers are added and multiplied. A field of the profile.
///   requantized  requantize(a - zero_point_a, b - zero_point_b), as after any other sum
///   fma          two chained fused multiply-adds of the integers themselves, the zero points being
///                folded into a constant: FusedAddition. Products: multiply_fused
enum class Addition : std::uint8_t { requantized, fma };
template <>
struct EnumNames<Addition> {
  static constexpr std::array<std::string_view, 2> names = {"requantized", "fma"};
};

/// y = clamp(round(fma(a, a_multiplier, fma(b, b_multiplier, offset)))) in float32, half to even,
/// with
///   offset = zero_point_y - fma(a_multiplier, zero_point_a, b_multiplier * zero_point_b)
/// and the multipliers scale_a / scale_y and scale_b / scale_y. For integers of 8 bits and fewer.
/// Source: what ONNX Runtime's QLinearAdd computes on CPUs with AVX2 (docs/parity.md). The two
/// operands do not play the same role.
struct FusedAddition {
  float a_multiplier = 0.0F;
  float b_multiplier = 0.0F;
  float offset = 0.0F;

  bool operator==(const FusedAddition&) const = default;

  static void fields(auto& self, auto&& field) {
    field("a_multiplier", self.a_multiplier);
    field("b_multiplier", self.b_multiplier);
    field("offset", self.offset);
  }
};

/// For multiply_fused: a_multiplier = scale_a * scale_b / scale_y, offset = zero_point_y.
FusedAddition make_fused_product(const QuantParams& a, const QuantParams& b, const QuantParams& y);

FusedAddition make_fused_addition(const QuantParams& a, const QuantParams& b, const QuantParams& y);

/// Clamped before the conversion, which is undefined outside the integers.
inline std::int32_t clamped_integer(float value, IntRange clamp) {
  const float inside =
      std::fmin(std::fmax(value, static_cast<float>(clamp.lo)), static_cast<float>(clamp.hi));
  return static_cast<std::int32_t>(std::nearbyint(inside));
}

/// The normative product of integers that are free of their zero points: QLinearMul's, which adds
/// the zero point before it rounds. Product and sum are each rounded to float32.
inline std::int32_t multiply_fused(const FusedAddition& product, std::int32_t a, std::int32_t b,
                                   IntRange clamp) {
  const float scaled = static_cast<float>(a * b) * product.a_multiplier;
  return clamped_integer(scaled + product.offset, clamp);
}

/// The normative addition.
inline std::int32_t add_fused(const FusedAddition& addition, std::int32_t a, std::int32_t b,
                              IntRange clamp) {
  const float value =
      std::fma(static_cast<float>(a), addition.a_multiplier,
               std::fma(static_cast<float>(b), addition.b_multiplier, addition.offset));
  return clamped_integer(value, clamp);
}

}  // namespace vernier
