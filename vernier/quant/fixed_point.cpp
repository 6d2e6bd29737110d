#include "vernier/quant/fixed_point.h"

#include <algorithm>
#include <cmath>

#include "vernier/base/error.h"
#include "vernier/base/round_by_addition.h"
#include "vernier/base/vector_clones.h"

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

}  // namespace

Requantizer make_requantizer(Requantization arithmetic, float ratio, float addend_ratio) {
  VERNIER_CHECK(ratio >= 0.0F && addend_ratio >= 0.0F && std::isfinite(ratio) &&
                std::isfinite(addend_ratio));
  if (arithmetic == Requantization::floating) {
    return {.multiplier = ratio, .addend_multiplier = addend_ratio};
  }
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
  if (exponent >= multiplier_bits) {
    fail(
        "an input scale is {} times the output scale, more than the integer arithmetic can "
        "express; calibrate again",
        larger);
  }
  const int shift = std::min(multiplier_bits - exponent, most_shift);
  return {.integer_multiplier = scaled(ratio, shift),
          .integer_addend_multiplier = scaled(addend_ratio, shift),
          .shift = shift};
}

std::int32_t requantize(Requantization arithmetic, const Requantizer& requantizer, std::int32_t sum,
                        std::int32_t addend, const OutputRange& output) {
  return arithmetic == Requantization::floating
             ? requantize_floating(requantizer, sum, addend, output)
             : requantize_integer(requantizer, sum, addend, output);
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
