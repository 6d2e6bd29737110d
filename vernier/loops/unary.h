#pragma once

#include <span>
#include <string_view>

namespace vernier {

/// The parameters of a function of one element: ONNX's alpha and beta, or the limits of Clip.
struct UnaryParams {
  float alpha = 0.0F;
  float beta = 0.0F;
};

/// A function of one element, under ONNX's name ("HardSwish"). `apply` fills y, which has the size
/// of x and may be x. The transcendental functions are computed in double and rounded once, so that
/// the libraries of different machines, which differ in the last bit of a double, give the same
/// float.
struct UnaryFunction {
  std::string_view name;
  void (*apply)(std::span<const float> x, UnaryParams params, std::span<float> y);
};

/// All of them; `find(unary_functions(), name, "function")` gives one.
std::span<const UnaryFunction> unary_functions();

/// min(max(value, lo), hi) for every value, in place; NaN stays.
void clamp(std::span<float> values, float lo, float hi);

}  // namespace vernier
