#pragma once

#include <cmath>
#include <cstdint>
#include <span>

#include "vernier/quant/quant_params.h"

namespace vernier {

/// Rounds to the nearest integer, halves as named. Exact for every double.
inline double round_to_integer(double x, Rounding rounding) {
  switch (rounding) {
    case Rounding::half_even:
      return std::nearbyint(x);
    case Rounding::half_away:
      return std::round(x);
    case Rounding::half_up:
      return std::floor(x + 0.5);
  }
  return x;
}

/// The spec with its sign decided (QuantSpec::adaptive_sign): what choose_params and quantize take.
QuantSpec concrete(const QuantSpec& spec, Range range);

/// Scale and zero point that cover `range` widened to hold zero, because padding and ReLU need an
/// exact zero (Jacob et al., CVPR 2018, section 2.3).
/// symmetric: scale = max|range| / hi for signed, max(range) / (hi - lo) for unsigned integers.
/// asymmetric: scale = (hi - lo) / steps, zero_point = round(q_lo - lo / scale).
/// An empty range gives scale 1. The scale is never below 2^-126, so that its inverse is finite.
/// power_of_two_scale: the exponent is rounded to the nearest integer, halves up.
QuantParams choose_params(Range range, const QuantSpec& spec);

/// The real interval that the integers of `spec` can express.
Range representable(const QuantParams& params, const QuantSpec& spec);

/// q = clamp(round(x / scale) + zero_point): a true division, as runtimes do it
/// (docs/conventions.md). NaN gives the lowest integer. `real` and `integers` have the same size.
std::int32_t quantize(float real, const QuantParams& params, const QuantSpec& spec);
void quantize(std::span<const float> real, const QuantParams& params, const QuantSpec& spec,
              std::span<std::int32_t> integers);

inline float dequantize(std::int32_t integer, const QuantParams& params) {
  return params.scale * static_cast<float>(integer - params.zero_point);
}

/// Quantize, then dequantize, in place. Doing it twice changes nothing more.
void fake_quantize(std::span<float> values, const QuantParams& params, const QuantSpec& spec);

/// The same for a weight whose axis 0 is the output channel: `params` holds one entry, or one a
/// channel.
void fake_quantize_channels(std::span<float> values, std::span<const QuantParams> params,
                            const QuantSpec& spec);

}  // namespace vernier
