#include "vernier/loops/unary.h"

#include <array>
#include <cmath>

namespace vernier {
namespace {

// In this order of operands a NaN stays NaN, and vectors need one instruction for each bound.
float clamped(float x, float lo, float hi) {
  const float above = x < lo ? lo : x;
  return hi < above ? hi : above;
}

template <double (*Function)(double)>
float rounded_once(float x, UnaryParams /*params*/) {
  return static_cast<float>(Function(static_cast<double>(x)));
}

double logistic(double x) { return 1.0 / (1.0 + std::exp(-x)); }

float relu(float x, UnaryParams /*params*/) { return x < 0.0F ? 0.0F : x; }
float leaky_relu(float x, UnaryParams params) { return x < 0.0F ? params.alpha * x : x; }
float clip(float x, UnaryParams params) { return clamped(x, params.alpha, params.beta); }
float hard_sigmoid(float x, UnaryParams params) {
  return clamped(params.alpha * x + params.beta, 0.0F, 1.0F);
}
float hard_swish(float x, UnaryParams /*params*/) {
  return x * clamped(x * (1.0F / 6.0F) + 0.5F, 0.0F, 1.0F);
}
float square_root(float x, UnaryParams /*params*/) { return std::sqrt(x); }
float absolute(float x, UnaryParams /*params*/) { return std::abs(x); }
float negative(float x, UnaryParams /*params*/) { return -x; }
float round_down(float x, UnaryParams /*params*/) { return std::floor(x); }
float round_up(float x, UnaryParams /*params*/) { return std::ceil(x); }

// The function is a constant, so that the loop around it becomes a vector loop.
template <float (*Function)(float, UnaryParams)>
void apply(std::span<const float> x, UnaryParams params, std::span<float> y) {
  for (std::size_t i = 0; i < x.size(); ++i) y[i] = Function(x[i], params);
}

constexpr std::array<UnaryFunction, 15> functions = {{
    {"Relu", apply<relu>},
    {"Sigmoid", apply<rounded_once<logistic>>},
    {"HardSwish", apply<hard_swish>},
    {"Tanh", apply<rounded_once<std::tanh>>},
    {"Exp", apply<rounded_once<std::exp>>},
    {"Log", apply<rounded_once<std::log>>},
    {"Sqrt", apply<square_root>},
    {"Abs", apply<absolute>},
    {"Neg", apply<negative>},
    {"Floor", apply<round_down>},
    {"Ceil", apply<round_up>},
    {"Erf", apply<rounded_once<std::erf>>},
    {"LeakyRelu", apply<leaky_relu>},
    {"Clip", apply<clip>},
    {"HardSigmoid", apply<hard_sigmoid>},
}};

}  // namespace

std::span<const UnaryFunction> unary_functions() { return functions; }

void clamp(std::span<float> values, float lo, float hi) {
  for (float& value : values) value = clamped(value, lo, hi);
}

}  // namespace vernier
