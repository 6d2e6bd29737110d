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
///   fixed16   on 16 bits: each term becomes a fixed-point number with 5 bits behind the point,
///             sat(acc >> shift) * m and sat(addend * 2^7) * m_addend, both (product + 2^14) >> 15
///             as one instruction does (vpmulhrsw, sqrdmulh); their sum saturates, the zero point
///             is added, the rest rounded half up. For results and addends of 8 bits. Within 0.6
///             steps of the real result, as long as no term leaves 512 steps
///   tflite    as TensorFlow Lite's reference kernels compute: multiply_twice_rounded(acc), two
///             roundings. There is no addend; additions and averages have rules of their own
///             (tflite.h)
///   tflite_single  the same where TensorFlow Lite is built with a single rounding: that of dyadic,
///             with multipliers of tflite
enum class Requantization : std::uint8_t {
  floating,
  dyadic,
  shift,
  fixed16,
  tflite,
  tflite_single
};
template <>
struct EnumNames<Requantization> {
  static constexpr std::array<std::string_view, 6> names = {"float",   "dyadic", "shift",
                                                            "fixed16", "tflite", "tflite_single"};
};

/// The constants of one output channel. `addend` is the second term of a sum that is formed before
/// the one rounding: the residual of a convolution, the right operand of an addition. Which fields
/// are used follows from the arithmetic; the others are zero.
struct Requantizer {
  float multiplier = 0.0F;
  float addend_multiplier = 0.0F;
  std::int32_t integer_multiplier = 0;
  std::int32_t integer_addend_multiplier = 0;
  std::int32_t shift = 0;  ///< 0 to 62, both terms share it; fixed16: -15 to 31, of the sum alone

  bool operator==(const Requantizer&) const = default;
};

/// The bits behind the point of fixed16, those of its multipliers, and how far an addend is shifted
/// up, so that differences of bytes fill 16 bits.
inline constexpr int fixed16_fraction_bits = 5;
inline constexpr int fixed16_multiplier_bits = 15;
inline constexpr int fixed16_addend_shift = 7;
inline constexpr IntRange fixed16_shifts = {-15, 31};
/// Whether its constants can hold the ratios: of sums below 2^10, of addends at most 4.
bool fits_fixed16(float ratio, float addend_ratio);

/// Constants for output = sum * ratio + addend * addend_ratio, the ratios being scale_in /
/// scale_out. Ratios are finite and not negative; for the integer arithmetics below 2^30, for
/// fixed16 those that fit, else an Error. Only tflite keeps more of a ratio than float32 does.
Requantizer make_requantizer(Requantization arithmetic, double precise_ratio,
                             float addend_ratio = 0.0F);

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
