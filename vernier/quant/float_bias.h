#pragma once

#include <cstdint>

#include "vernier/quant/fused_addition.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// How the sums of layers and of averages become integers, and floats that enter them. A field of
/// the profile.
///   requantized  requantize(), with biases in the sum; floats by a division
///   float_bias   as OpenVINO computes: FloatBias, FloatMean and AffineRounding, in which biases
///                stay float and integers are counted from the lowest one
enum class Sums : std::uint8_t { requantized, float_bias };
template <>
struct EnumNames<Sums> {
  static constexpr std::array<std::string_view, 2> names = {"requantized", "float_bias"};
};

/// From a float to an integer that counts from the lowest one:
///   clamp(round(fma(x, factor, offset))) in float32, half to even
struct AffineRounding {
  float factor = 1.0F;
  float offset = 0.0F;

  bool operator==(const AffineRounding&) const = default;

  static void fields(auto& self, auto&& field) {
    field("factor", self.factor);
    field("offset", self.offset);
  }
};

/// The normative rounding. NaN gives clamp.lo.
inline std::int32_t round_affine(const AffineRounding& rounding, float x, IntRange clamp) {
  return clamped_integer(std::fma(x, rounding.factor, rounding.offset), clamp);
}

/// A layer whose bias stays float. Each operation is rounded to float32 by itself:
///   t = float(sum) * scale + bias                        scale and bias of the channel
///   v = (t - subtrahend) * addend_factor + float(addend) where there is an addend, else t
///   y = round_affine(v)
/// The sum is without bias; addend and y count from their lowest integers.
struct FloatBias {
  float subtrahend = 0.0F;
  float addend_factor = 1.0F;
  AffineRounding rounding;

  bool operator==(const FloatBias&) const = default;

  static void fields(auto& self, auto&& field) {
    field("subtrahend", self.subtrahend);
    field("addend_factor", self.addend_factor);
    field("rounding", self.rounding);
  }
};

inline float biased(std::int32_t sum, float scale, float bias) {
  return static_cast<float>(sum) * scale + bias;
}

inline float with_addend(const FloatBias& layer, float value, std::int32_t addend) {
  return (value - layer.subtrahend) * layer.addend_factor + static_cast<float>(addend);
}

/// The mean of integers that count from the lowest one, sum / count or sum * (1 / count), less
/// `zero`, and then round_affine().
struct FloatMean {
  bool divide = true;
  float zero = 0.0F;
  AffineRounding rounding;

  bool operator==(const FloatMean&) const = default;

  static void fields(auto& self, auto&& field) {
    field("divide", self.divide);
    field("zero", self.zero);
    field("rounding", self.rounding);
  }
};

/// `number`: the count, or its inverse.
inline float mean_of(const FloatMean& mean, std::int32_t sum, float number) {
  const auto real = static_cast<float>(sum);
  return (mean.divide ? real / number : real * number) - mean.zero;
}

/// The integers of a tensor as OpenVINO describes them: an interval of reals in equal steps.
struct StepInterval {
  float lo = 0.0F;
  float hi = 0.0F;
  float steps = 255.0F;  ///< how many
  float zero = 0.0F;     ///< the step that is 0.0
  float scale = 1.0F;    ///< of the tensor: what a step is worth to those that read it
};

/// Of a tensor whose integers have this range.
StepInterval step_interval(const QuantParams& params, IntRange range);

AffineRounding make_affine_rounding(const StepInterval& y);
FloatBias make_float_bias(const StepInterval& y);
FloatBias make_float_bias(const StepInterval& addend, const StepInterval& y);
FloatMean make_float_mean(const StepInterval& x, const StepInterval& y, bool divide);

}  // namespace vernier
