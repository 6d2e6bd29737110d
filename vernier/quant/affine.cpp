#include "vernier/quant/affine.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/base/round_by_addition.h"
#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

// The smallest normal float: below it a scale loses bits and 1 / scale overflows.
constexpr float least_scale = 0x1p-126F;
constexpr float most_power_of_two = 0x1p127F;  // the next one is infinite

float rounded_scale(float scale, const QuantSpec& spec) {
  if (!(scale > 0.0F)) return 1.0F;
  if (spec.power_of_two_scale)
    scale = std::min(std::exp2(std::floor(std::log2(scale) + 0.5F)), most_power_of_two);
  return std::max(scale, least_scale);
}

// Loops that every compiler turns into vectors. The clamp comes first and leaves few steps; a NaN
// becomes `lo`.
VERNIER_VECTOR_CLONES
void fake_quantize_half_even(std::span<float> values, const QuantParams& params, IntRange range) {
  const auto lo = static_cast<float>(range.lo - params.zero_point);
  const auto hi = static_cast<float>(range.hi - params.zero_point);
  for (float& value : values) {
    float steps = value / params.scale;
    steps = steps > lo ? steps : lo;
    steps = steps < hi ? steps : hi;
    value = params.scale * round_by_addition(steps);
  }
}

VERNIER_VECTOR_CLONES
void quantize_half_even(std::span<const float> real, const QuantParams& params, IntRange range,
                        std::int32_t* integers) {
  const auto lo = static_cast<float>(range.lo - params.zero_point);
  const auto hi = static_cast<float>(range.hi - params.zero_point);
  for (std::size_t i = 0; i < real.size(); ++i) {
    float steps = real[i] / params.scale;
    steps = steps > lo ? steps : lo;
    steps = steps < hi ? steps : hi;
    integers[i] = static_cast<std::int32_t>(round_by_addition(steps)) + params.zero_point;
  }
}

}  // namespace

IntRange signed_range(int bits, bool narrow) {
  VERNIER_CHECK(bits >= 2 && bits <= 16);
  const std::int32_t half = 1 << (bits - 1);
  return {narrow ? 1 - half : -half, half - 1};
}

IntRange unsigned_range(int bits) {
  VERNIER_CHECK(bits >= 1 && bits <= 16);
  return {0, (1 << bits) - 1};
}

QuantSpec concrete(const QuantSpec& spec, Range range) {
  QuantSpec result = spec;
  result.adaptive_sign = false;
  if (spec.adaptive_sign && spec.symmetric && spec.range.lo < 0 && range.lo >= 0.0F) {
    result.range = {0, 2 * spec.range.hi + 1};
  }
  return result;
}

QuantParams choose_params(Range range, const QuantSpec& spec) {
  const float lo = std::min(range.lo, 0.0F);
  const float hi = std::max(range.hi, 0.0F);
  const auto [q_lo, q_hi] = spec.range;
  if (spec.symmetric) {
    const float most = q_lo < 0 ? std::max(-lo, hi) : hi;
    const auto steps = static_cast<float>(q_lo < 0 ? q_hi : spec.range.steps());
    return {rounded_scale(most / steps, spec), q_lo < 0 ? 0 : q_lo};
  }
  // Halves first: hi - lo may overflow although both are finite.
  const auto steps = static_cast<float>(spec.range.steps());
  const float scale = rounded_scale((hi / steps) - (lo / steps), spec);
  const double zero = std::nearbyint(static_cast<double>(q_lo) -
                                     static_cast<double>(lo) / static_cast<double>(scale));
  return {scale, static_cast<std::int32_t>(
                     std::clamp(zero, static_cast<double>(q_lo), static_cast<double>(q_hi)))};
}

Range representable(const QuantParams& params, const QuantSpec& spec) {
  return {dequantize(spec.range.lo, params), dequantize(spec.range.hi, params)};
}

std::int32_t quantize(float real, const QuantParams& params, const QuantSpec& spec) {
  const float lo = static_cast<float>(spec.range.lo - params.zero_point);
  const float hi = static_cast<float>(spec.range.hi - params.zero_point);
  // In this order of operands a NaN becomes `lo`.
  const float steps = std::min(hi, std::max(lo, real / params.scale));
  return static_cast<std::int32_t>(round_to_integer(steps, spec.rounding)) + params.zero_point;
}

void quantize(std::span<const float> real, const QuantParams& params, const QuantSpec& spec,
              std::span<std::int32_t> integers) {
  VERNIER_CHECK(real.size() == integers.size());
  if (spec.rounding == Rounding::half_even)
    return quantize_half_even(real, params, spec.range, integers.data());
  for (std::size_t i = 0; i < real.size(); ++i) integers[i] = quantize(real[i], params, spec);
}

void fake_quantize(std::span<float> values, const QuantParams& params, const QuantSpec& spec) {
  if (spec.rounding == Rounding::half_even) {
    fake_quantize_half_even(values, params, spec.range);
    return;
  }
  for (float& value : values) value = dequantize(quantize(value, params, spec), params);
}

void fake_quantize_channels(std::span<float> values, std::span<const QuantParams> params,
                            const QuantSpec& spec) {
  VERNIER_CHECK(!params.empty() && values.size() % params.size() == 0);
  const std::size_t count = values.size() / params.size();
  for (std::size_t channel = 0; channel < params.size(); ++channel) {
    fake_quantize(values.subspan(channel * count, count), params[channel], spec);
  }
}

}  // namespace vernier
