#include "vernier/quant/fixed_point.h"

#include <algorithm>
#include <cmath>

#include "vernier/base/error.h"
#include "vernier/base/round_by_addition.h"
#include "vernier/base/vector_clones.h"
#include "vernier/quant/tflite.h"

namespace vernier {
namespace {

// m in [2^30, 2^31) for the larger ratio, so that 31 significant bits are kept; the shift is
// bounded by the 64-bit sum: |acc * m| < 2^62 and |addend * m| < 2^47 leave room for the rounding
// half.
constexpr int multiplier_bits = 31;
constexpr int most_shift = 62;

std::int32_t scaled(float ratio, int shift) {
  const double value = std::nearbyint(std::ldexp(static_cast<double>(ratio), shift));
  return static_cast<std::int32_t>(std::min(value, 2147483647.0));
}

std::int32_t saturate(std::int64_t value, const OutputRange& output) {
  const std::int64_t shifted = value + output.zero_point;
  return static_cast<std::int32_t>(
      std::clamp<std::int64_t>(shifted, output.clamp.lo, output.clamp.hi));
}

std::int32_t requantize_floating(const Requantizer& r, std::int32_t sum, std::int32_t addend,
                                 const OutputRange& output) {
  float value = static_cast<float>(sum) * r.multiplier;
  if (r.addend_multiplier != 0.0F) value += static_cast<float>(addend) * r.addend_multiplier;
  // Clamped before the conversion, which is undefined outside the integers.
  const auto lo = static_cast<float>(output.clamp.lo - output.zero_point);
  const auto hi = static_cast<float>(output.clamp.hi - output.zero_point);
  return static_cast<std::int32_t>(std::nearbyint(std::clamp(value, lo, hi))) + output.zero_point;
}

std::int32_t requantize_integer(const Requantizer& r, std::int32_t sum, std::int32_t addend,
                                const OutputRange& output) {
  const std::int64_t value =
      std::int64_t{sum} * r.integer_multiplier + std::int64_t{addend} * r.integer_addend_multiplier;
  const std::int64_t half = r.shift > 0 ? std::int64_t{1} << (r.shift - 1) : 0;
  return saturate((value + half) >> r.shift, output);
}

std::int32_t saturate16(std::int64_t value) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -32768, 32767));
}

// Of a number of 16 bits and a multiplier, half up.
std::int32_t high_product(std::int32_t value, std::int32_t multiplier) {
  return (value * multiplier + (1 << (fixed16_multiplier_bits - 1))) >> fixed16_multiplier_bits;
}

std::int32_t requantize_fixed16(const Requantizer& r, std::int32_t sum, std::int32_t addend,
                                const OutputRange& output) {
  constexpr std::int32_t half = 1 << (fixed16_fraction_bits - 1);
  const std::int32_t kept =
      saturate16(r.shift >= 0 ? sum >> r.shift : std::int64_t{sum} * (1 << -r.shift));
  const std::int32_t other = saturate16(std::int64_t{addend} * (1 << fixed16_addend_shift));
  const std::int32_t total = saturate16(std::int64_t{high_product(kept, r.integer_multiplier)} +
                                        high_product(other, r.integer_addend_multiplier));
  return saturate((total + half) >> fixed16_fraction_bits, output);
}

constexpr std::int32_t most_rounded = 1 << 22;

VERNIER_VECTOR_CLONES
void requantize_floating(const Requantizer& r, std::span<std::int32_t> sums,
                         const std::int32_t* addends, const OutputRange& output) {
  const auto lo = static_cast<float>(output.clamp.lo - output.zero_point);
  const auto hi = static_cast<float>(output.clamp.hi - output.zero_point);
  for (std::size_t i = 0; i < sums.size(); ++i) {
    float value = static_cast<float>(sums[i]) * r.multiplier;
    if (addends != nullptr) value += static_cast<float>(addends[i]) * r.addend_multiplier;
    value = value < lo ? lo : value;
    value = value > hi ? hi : value;
    sums[i] = static_cast<std::int32_t>(round_by_addition(value)) + output.zero_point;
  }
}

bool rounds_by_addition(const OutputRange& output) {
  return output.clamp.lo - output.zero_point > -most_rounded &&
         output.clamp.hi - output.zero_point < most_rounded;
}

[[noreturn]] void fail_too_large(float ratio, std::string_view arithmetic) {
  fail(
      "an input scale is {} times the output scale, more than the arithmetic '{}' can express; "
      "calibrate again",
      ratio, arithmetic);
}

Requantizer make_fixed16(float ratio, float addend_ratio) {
  constexpr int addend_bits =
      fixed16_multiplier_bits + fixed16_fraction_bits - fixed16_addend_shift;
  constexpr std::int32_t most = (1 << fixed16_multiplier_bits) - 1;
  if (!fits_fixed16(ratio, addend_ratio)) fail_too_large(std::max(ratio, addend_ratio), "fixed16");
  Requantizer r{.integer_addend_multiplier = std::min(scaled(addend_ratio, addend_bits), most)};
  if (ratio == 0.0F) return r;
  int exponent = 0;
  std::frexp(ratio, &exponent);
  r.shift = std::min(-exponent - fixed16_fraction_bits, fixed16_shifts.hi);
  r.integer_multiplier =
      std::min(scaled(ratio, fixed16_multiplier_bits + fixed16_fraction_bits + r.shift), most);
  return r;
}

}  // namespace

bool fits_fixed16(float ratio, float addend_ratio) {
  constexpr float ratios = 1 << (-fixed16_shifts.lo - fixed16_fraction_bits);
  constexpr float most_addend = 1 << (fixed16_addend_shift - fixed16_fraction_bits);
  return ratio < ratios && addend_ratio <= most_addend;
}

Requantizer make_requantizer(Requantization arithmetic, double precise_ratio, float addend_ratio) {
  auto ratio = static_cast<float>(precise_ratio);
  VERNIER_CHECK(ratio >= 0.0F && addend_ratio >= 0.0F && std::isfinite(ratio) &&
                std::isfinite(addend_ratio));
  if (is_tflite(arithmetic)) return make_tflite_requantizer(precise_ratio);
  if (arithmetic == Requantization::floating) {
    return {.multiplier = ratio, .addend_multiplier = addend_ratio};
  }
  if (arithmetic == Requantization::fixed16) return make_fixed16(ratio, addend_ratio);
  if (arithmetic == Requantization::shift) {
    // The nearest power of two; exact when the scales are powers of two.
    const auto nearest = [](float x) {
      return x > 0.0F ? std::exp2(std::floor(std::log2(x) + 0.5F)) : 0.0F;
    };
    ratio = nearest(ratio);
    addend_ratio = nearest(addend_ratio);
  }
  const float larger = std::max(ratio, addend_ratio);
  if (larger == 0.0F) return {};
  int exponent = 0;
  std::frexp(larger, &exponent);
  if (exponent >= multiplier_bits) fail_too_large(larger, enum_name(arithmetic));
  const int shift = std::min(multiplier_bits - exponent, most_shift);
  return {.integer_multiplier = scaled(ratio, shift),
          .integer_addend_multiplier = scaled(addend_ratio, shift),
          .shift = shift};
}

std::int32_t requantize(Requantization arithmetic, const Requantizer& requantizer, std::int32_t sum,
                        std::int32_t addend, const OutputRange& output) {
  switch (arithmetic) {
    case Requantization::floating:
      return requantize_floating(requantizer, sum, addend, output);
    case Requantization::dyadic:
    case Requantization::shift:
      return requantize_integer(requantizer, sum, addend, output);
    case Requantization::tflite:
      return saturate(multiply_twice_rounded(requantizer, sum), output);
    case Requantization::tflite_single:
      return requantize_integer(requantizer, sum, 0, output);
    case Requantization::fixed16:
      break;
  }
  return requantize_fixed16(requantizer, sum, addend, output);
}

void requantize(Requantization arithmetic, const Requantizer& requantizer,
                std::span<std::int32_t> sums, std::span<const std::int32_t> addends,
                const OutputRange& output) {
  if (arithmetic == Requantization::floating && rounds_by_addition(output)) {
    const bool adds = !addends.empty() && requantizer.addend_multiplier != 0.0F;
    requantize_floating(requantizer, sums, adds ? addends.data() : nullptr, output);
    return;
  }
  for (std::size_t i = 0; i < sums.size(); ++i) {
    const std::int32_t addend = addends.empty() ? 0 : addends[i];
    sums[i] = requantize(arithmetic, requantizer, sums[i], addend, output);
  }
}

}  // namespace vernier
