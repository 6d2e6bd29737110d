#pragma once

// What the reference kernels of TensorFlow Lite compute on 8 bits, where it is more than one
// product: additions and averages.

#include <cstdint>

#include "vernier/quant/fixed_point.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// The arithmetics of TensorFlow Lite: how it was built decides which one.
inline bool is_tflite(Requantization arithmetic) {
  return arithmetic == Requantization::tflite || arithmetic == Requantization::tflite_single;
}

/// QuantizeMultiplier: `integer_multiplier` in [2^30, 2^31), ratio = multiplier / 2^shift, 0 below
/// 2^-32. An Error from 2^30 on.
Requantizer make_tflite_requantizer(double ratio);

/// MultiplyByQuantizedMultiplier of the double rounding: the product's upper half, rounded half
/// up, then shifted right, rounded half away from zero.
std::int32_t multiply_twice_rounded(const Requantizer& requantizer, std::int32_t value);

/// Two tensors are brought to a common scale with 20 more bits, which is twice the larger of the
/// two; their sum is brought to the scale of the output: three requantizations.
struct RescaledAddition {
  Requantizer a;
  Requantizer b;
  Requantizer y;

  bool operator==(const RescaledAddition&) const = default;
};

RescaledAddition make_rescaled_addition(float a_scale, float b_scale, float y_scale);

/// The normative addition of integers of 8 bits and fewer, free of their zero points.
std::int32_t add_rescaled(Requantization arithmetic, const RescaledAddition& addition,
                          std::int32_t a, std::int32_t b, const OutputRange& output);

/// FULLY_CONNECTED, in both arithmetics: sum * ratio in double, rounded once, halves away from
/// zero.
std::int32_t requantize_in_double(double ratio, std::int32_t sum, const OutputRange& output);

/// An average of integers whose parameters do not change: sum / count, halves away from zero. The
/// sum is of the integers themselves, zero points included.
std::int32_t rounded_quotient(std::int32_t sum, std::int32_t count);

/// For a mean whose parameters do change: the ratio of the scales as a multiplier, which is then
/// divided by the count.
Requantizer make_tflite_mean(float x_scale, float y_scale, std::int64_t count);

}  // namespace vernier
