// Sums, products and functions of one element.

#include <algorithm>
#include <numeric>

#include "vernier/quant/affine.h"
#include "vernier/quant/rational_logistic.h"
#include "vernier/reference/evaluate.h"
#include "vernier/reference/lowering.h"

namespace vernier {
namespace {

std::string reason_for_float(const LoweringScope& scope, const Node& node) {
  for (const ValueId id : node.inputs) {
    if (!scope.format(id)) return fmt::format("operand '{}' is float", scope.name(id));
  }
  for (const ValueId id : node.outputs) {
    if (!scope.format(id)) return fmt::format("result '{}' is float", scope.name(id));
  }
  return {};
}

bool all_fit_8_bits(const LoweringScope& scope, const Node& node) {
  return std::ranges::all_of(node.inputs,
                             [&](ValueId id) { return fits_8_bits(scope.known_format(id)); });
}

/// The table of ONNX Runtime's own logistic.
IntegerTable tabulate_sigmoid(const IntegerFormat& from, const IntegerFormat& to) {
  IntegerTable result;
  for (std::int32_t q = from.range.lo; q <= from.range.hi; ++q)
    result.table.push_back(quantize(rational_logistic(dequantize(q, from.params)), to));
  return result;
}

/// Sums and products as ONNX Runtime computes them.
IntegerBinary fused_binary(const LoweringScope& scope, const Node& node) {
  const std::vector<ValueId> operands = addition_operands(scope, node);
  const QuantParams& a = scope.known_format(operands[0]).params;
  const QuantParams& b = scope.known_format(operands[1]).params;
  const IntegerFormat& y = scope.known_format(node.outputs[0]);
  if (const auto* add = std::get_if<Add>(&node.op))
    return {.output = {.clamp = output_range(y, add->activation).clamp},
            .fused = make_fused_addition(a, b, y.params)};
  return {.multiply = true,
          .output = {.clamp = output_range(y, std::get<Mul>(node.op).activation).clamp},
          .fused = make_fused_product(a, b, y.params)};
}

IntegerOp lower_tflite_addition(const LoweringScope& scope, const Node& node) {
  if (!all_fit_8_bits(scope, node)) return FloatNode{node.op, "an operand has more than 8 bits"};
  const auto scale = [&](ValueId id) { return scope.known_format(id).params.scale; };
  const IntegerFormat& y = scope.known_format(node.outputs[0]);
  IntegerBinary sum{.output = output_range(y, std::get<Add>(node.op).activation)};
  return with_name(node, [&] {
    sum.rescaled =
        make_rescaled_addition(scale(node.inputs[0]), scale(node.inputs[1]), y.params.scale);
    return sum;
  });
}

}  // namespace

std::vector<ValueId> addition_operands(const LoweringScope& scope, const Node& node) {
  const Shape& a = scope.shape(node.inputs[0]);
  const Shape& y = scope.shape(node.outputs[0]);
  const auto wide = std::ranges::find_if(y.rbegin(), y.rend(), [](auto size) { return size != 1; });
  const auto back = static_cast<std::size_t>(wide - y.rbegin());
  const bool repeats = wide != y.rend() && (back >= a.size() || a[a.size() - 1 - back] == 1);
  return repeats ? std::vector<ValueId>{node.inputs[1], node.inputs[0]} : node.inputs;
}

IntegerOp lower_binary(const LoweringScope& scope, const Node& node) {
  if (std::string reason = reason_for_float(scope, node); !reason.empty()) {
    return FloatNode{node.op, std::move(reason)};
  }
  if (scope.model.arithmetic.addition == Addition::fma && all_fit_8_bits(scope, node))
    return fused_binary(scope, node);
  if (is_tflite(scope.model.arithmetic.requantization) && std::holds_alternative<Add>(node.op))
    return lower_tflite_addition(scope, node);
  const float a = scope.known_format(node.inputs[0]).params.scale;
  const float b = scope.known_format(node.inputs[1]).params.scale;
  const IntegerFormat& y = scope.known_format(node.outputs[0]);
  const float scale = y.params.scale;
  if (const auto* add = std::get_if<Add>(&node.op)) {
    if (std::string reason = reason_against(scope, node, a / scale, b / scale); !reason.empty())
      return FloatNode{node.op, std::move(reason)};
    return IntegerBinary{.requantizer = requantizer_of(scope, node, a / scale, b / scale),
                         .output = output_range(y, add->activation)};
  }
  if (!all_fit_8_bits(scope, node)) return FloatNode{node.op, "an operand has more than 8 bits"};
  if (std::string reason = reason_against(scope, node, (a * b) / scale); !reason.empty())
    return FloatNode{node.op, std::move(reason)};
  return IntegerBinary{.multiply = true,
                       .requantizer = requantizer_of(scope, node, (a * b) / scale),
                       .output = output_range(y, std::get<Mul>(node.op).activation)};
}

IntegerOp lower_table(const LoweringScope& scope, const Node& node) {
  if (std::string reason = reason_for_float(scope, node); !reason.empty()) {
    return FloatNode{node.op, std::move(reason)};
  }
  const IntegerFormat& from = scope.known_format(node.inputs[0]);
  const IntegerFormat& to = scope.known_format(node.outputs[0]);
  if (is_one_of<Identity, Quantize>(node.op) && from == to) return IntegerMove{Identity{}};
  if (!all_fit_8_bits(scope, node)) return FloatNode{node.op, "the operand has more than 8 bits"};
  if (scope.model.arithmetic.addition == Addition::fma && std::holds_alternative<Sigmoid>(node.op))
    return tabulate_sigmoid(from, to);
  return tabulate(node.op, from, to);
}

IntegerTable tabulate(const Op& op, const IntegerFormat& from, const IntegerFormat& to) {
  std::vector<float> reals;
  for (std::int32_t q = from.range.lo; q <= from.range.hi; ++q) {
    reals.push_back(dequantize(q, from.params));
  }
  const Shape shape = {static_cast<std::int64_t>(reals.size())};
  const std::vector<Tensor> inputs = {Tensor::of<float>(shape, reals)};
  IntegerTable result;
  const Tensor outputs = evaluate(op, inputs)[0];
  for (const float y : outputs.view<float>()) {
    result.table.push_back(quantize(y, to));
  }
  return result;
}

StepInterval step_interval(const IntegerFormat& format) {
  return step_interval(format.params, format.range);
}

std::int32_t quantize(float real, const IntegerFormat& format) {
  if (format.from_float) {
    return format.range.lo + round_affine(*format.from_float, real, {0, format.range.steps()});
  }
  return quantize(real, format.params, {.range = format.range, .rounding = format.rounding});
}

OutputRange output_range(const IntegerFormat& format, const Activation& activation) {
  return {.zero_point = format.params.zero_point,
          .clamp = {std::max(format.range.lo, quantize(activation.lo, format)),
                    std::min(format.range.hi, quantize(activation.hi, format))}};
}

std::string reason_against(const LoweringScope& scope, const Node& node, float ratio,
                           float addend_ratio) {
  const Requantization arithmetic = scope.model.arithmetic.requantization;
  if (is_tflite(arithmetic) && addend_ratio > 0.0F) {
    return fmt::format("the requantization '{}' adds nothing to the sums of a layer",
                       enum_name(arithmetic));
  }
  if (arithmetic != Requantization::fixed16) return {};
  if (!fits_8_bits(scope.known_format(node.outputs[0])) ||
      (addend_ratio > 0.0F && !fits_8_bits(scope.known_format(node.inputs.back())))) {
    return "the requantization 'fixed16' does not hold more than 8 bits";
  }
  if (fits_fixed16(ratio, addend_ratio)) return {};
  return "the requantization 'fixed16' does not hold so large a scale of an operand";
}

void expect_finite(const Node& node, const AffineRounding& rounding) {
  if (std::isfinite(rounding.factor) && std::isfinite(rounding.offset)) return;
  fail("node '{}': scales of operands and result are too far apart; calibrate again", node.name);
}

Requantizer requantizer_of(const LoweringScope& scope, const Node& node, double ratio,
                           float addend_ratio) {
  // Far beyond any use, and small enough that no product with a sum overflows float32.
  constexpr double most_ratio = 0x1p60;
  const auto fits = [](double x) { return x <= most_ratio; };  // and is no NaN
  if (!fits(ratio) || !fits(addend_ratio)) {
    fail("node '{}': an input scale is more than 2^60 times the output scale; calibrate again",
         node.name);
  }
  return with_name(node, [&] {
    return make_requantizer(scope.model.arithmetic.requantization, ratio, addend_ratio);
  });
}

}  // namespace vernier
