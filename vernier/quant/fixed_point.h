#pragma once

// The requantization arithmetics: from a wide integer sum to the integers of the next tensor.
// These scalar functions are normative. Every kernel of the engine equals them in every bit.

#include <cstdint>
#include <span>
#include <string_view>

#include "vernier/quant/quant_params.h"

namespace vernier {

/// How a sum is brought to the scale of the output. A field of the profile and of the plan.
///   floating  float(acc) * m [+ float(addend) * m_addend] in float32, each product and the sum
///   rounded by
///             itself (no FMA), half to even; then the zero point is added, then clamped
///   dyadic    (acc * m [+ addend * m_addend] + 2^(shift-1)) >> shift in 64-bit integers: one
///   rounding, half up
///             (HAWQ-V3, Yao et al., ICML 2021, section 3.2, with a single rounding for both terms)
///   shift     dyadic whose multipliers are powers of two, so that they are shifts too; for scales
///   that are
///             powers of two it is exact
enum class Requantization : std::uint8_t { floating, dyadic, shift };
template <>
struct EnumNames<Requantization> {
  static constexpr std::array<std::string_view, 3> names = {"float", "dyadic", "shift"};
};

/// The constants of one output channel. `addend` is the second term of a sum that is formed before
/// the one rounding: the residual of a convolution, the right operand of an addition. Which fields
/// are used follows from the arithmetic; the others are zero.
struct Requantizer {
  float multiplier = 0.0F;
  float addend_multiplier = 0.0F;
  std::int32_t integer_multiplier = 0;
  std::int32_t integer_addend_multiplier = 0;
  std::int32_t shift = 0;  ///< 0 to 62, both terms share it

  bool operator==(const Requantizer&) const = default;
};

/// Constants for output = sum * ratio + addend * addend_ratio, the ratios being scale_in /
/// scale_out. Ratios are finite and not negative; for the integer arithmetics below 2^30, else an
/// Error.
Requantizer make_requantizer(Requantization arithmetic, float ratio, float addend_ratio = 0.0F);

/// Where the result goes: its zero point and the integers that it is clamped to (a fused ReLU or
/// clip narrows them).
struct OutputRange {
  std::int32_t zero_point = 0;
  IntRange clamp;

  bool operator==(const OutputRange&) const = default;
};

/// The normative requantization. `addend` is already free of its zero point.
std::int32_t requantize(Requantization arithmetic, const Requantizer& requantizer, std::int32_t sum,
                        std::int32_t addend, const OutputRange& output);
/// The same for many sums, in place. `addends`: as many, or none.
void requantize(Requantization arithmetic, const Requantizer& requantizer,
                std::span<std::int32_t> sums, std::span<const std::int32_t> addends,
                const OutputRange& output);

}  // namespace vernier
