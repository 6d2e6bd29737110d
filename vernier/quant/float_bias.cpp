// What OpenVINO 2026.4 folds into constants before it runs a network of 8-bit layers. The order of
// these float32 operations is part of the result. Source: docs/parity.md, which has the witnesses.

#include "vernier/quant/float_bias.h"

namespace vernier {
namespace {

/// A scale that is kept as its inverse and inverted again.
float inverted_twice(float scale) { return 1.0F / (1.0F / scale); }

/// The interval in units of another scale.
StepInterval scaled(StepInterval interval, float unit) {
  interval.lo = interval.lo / unit;
  interval.hi = interval.hi / unit;
  return interval;
}

/// Behind a layer a rounding without an offset is a scale of the primitive, which keeps inverses.
AffineRounding behind_layer(const StepInterval& y) {
  AffineRounding rounding = make_affine_rounding(y);
  if (y.zero == 0.0F) rounding.factor = inverted_twice(rounding.factor);
  return rounding;
}

}  // namespace

StepInterval step_interval(const QuantParams& params, IntRange range) {
  const auto steps = static_cast<float>(range.steps());
  const auto zero = static_cast<float>(params.zero_point - range.lo);
  return {.lo = (0.0F - zero) * params.scale,
          .hi = (steps - zero) * params.scale,
          .steps = steps,
          .zero = zero,
          .scale = params.scale};
}

AffineRounding make_affine_rounding(const StepInterval& y) {
  const float width = y.hi - y.lo;
  return {.factor = y.steps / width, .offset = y.zero == 0.0F ? 0.0F : (-y.lo * y.steps) / width};
}

FloatBias make_float_bias(const StepInterval& y) { return {.rounding = behind_layer(y)}; }

FloatBias make_float_bias(const StepInterval& addend, const StepInterval& y) {
  return {.subtrahend = addend.zero * addend.scale,
          .addend_factor = 1.0F / addend.scale,
          .rounding = behind_layer(scaled(y, addend.scale))};
}

FloatMean make_float_mean(const StepInterval& x, const StepInterval& y, bool divide) {
  return {.divide = divide, .zero = x.zero, .rounding = make_affine_rounding(scaled(y, x.scale))};
}

}  // namespace vernier
