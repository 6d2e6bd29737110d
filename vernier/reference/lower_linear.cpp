// Layers: integers of the weight, int32 bias at scale_x * scale_w, multipliers, and the proof that
// no sum leaves 32 bits. Ratios are formed in float32 from left to right, (sx * sw) / sy, as ONNX
// Runtime forms them: another order changes outputs. Those of the arithmetic tflite in double, in
// the same order.

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/quant/affine.h"
#include "vernier/reference/lowering.h"

namespace vernier {
namespace {

constexpr std::int64_t least_sum = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t most_sum = std::numeric_limits<std::int32_t>::max();

// Why a matrix product is no layer; empty if it is one.
std::string reason_for_float(const LoweringScope& scope, const Gemm& op, const Node& node) {
  if (op.transA != 0 || op.transB != 1 || op.alpha != 1.0F || op.beta != 1.0F) {
    return "the matrix product is transposed or scaled";
  }
  if (scope.shape(node.inputs[2]) != Shape{scope.shape(node.inputs[1])[0]}) {
    return "the bias is not one number an output channel";
  }
  return {};
}

std::string reason_for_float(const LoweringScope& scope, const Node& node) {
  const ValueId x = node.inputs[0];
  const ValueId weight = node.inputs[1];
  const QuantPoint* point = find_point_if_any(scope.model, weight);
  if (!scope.format(x)) return fmt::format("operand '{}' is float", scope.name(x));
  if (point == nullptr) {
    return fmt::format("weight '{}' has no quantization point", scope.name(weight));
  }
  if (point->spec.range.steps() > std::numeric_limits<std::int16_t>::max()) {
    return "the weight has more than 15 bits";
  }
  const Graph& graph = scope.model.graph;
  if (!graph[weight].constant || !graph[node.inputs[2]].constant) {
    return "weight or bias are computed";
  }
  if (scope.shape(x).size() > 4) return "more than two spatial axes";
  if (const auto* gemm = std::get_if<Gemm>(&node.op)) return reason_for_float(scope, *gemm, node);
  if (std::holds_alternative<ConvTranspose>(node.op) && point->params.size() > 1) {
    return "the weight has parameters for each input channel";
  }
  if (node.inputs.size() < 4) return {};
  for (const ValueId id : {node.inputs[3], node.outputs[0]}) {
    if (!scope.format(id)) return fmt::format("addend or sum '{}' is float", scope.name(id));
  }
  return {};
}

Tensor integers_of(const Tensor& weight, const QuantPoint& point) {
  const std::span<const float> real = weight.view<float>();
  std::vector<std::int32_t> integers(real.size());
  const std::size_t row = real.size() / point.params.size();
  for (std::size_t channel = 0; channel < point.params.size(); ++channel) {
    quantize(real.subspan(channel * row, row), point.params[channel], point.spec,
             std::span(integers).subspan(channel * row, row));
  }
  const auto stored_as = [&]<typename T>(T /*type*/) {
    Tensor result(dtype_of<T>(), weight.shape());
    std::ranges::transform(integers, result.edit<T>().begin(),
                           [](std::int32_t each) { return static_cast<T>(each); });
    return result;
  };
  const IntRange range = point.spec.range;
  return range.lo >= -128 && range.hi <= 127 ? stored_as(std::int8_t{}) : stored_as(std::int16_t{});
}

std::int32_t integer_bias(const Node& node, std::size_t channel, float bias, double scale) {
  const double value = std::nearbyint(static_cast<double>(bias) / scale);
  if (std::isnan(value) || value < static_cast<double>(least_sum) ||
      value > static_cast<double>(most_sum)) {
    fail(
        "node '{}': the bias {} of channel {} is {} steps of scale_x * scale_w, which 32 bits do "
        "not hold; keep this layer in float or widen its ranges",
        node.name, bias, channel, value);
  }
  return static_cast<std::int32_t>(value);
}

// Output channel of a run of weights. ConvTranspose's shape is [C, O / group, ...], where a run is
// one kernel; the others' is [O, ...], where it is all of a channel.
std::size_t channel_of(const IntegerLinear& layer, std::int64_t run) {
  const auto* transposed = std::get_if<ConvTranspose>(&layer.op);
  if (transposed == nullptr) return static_cast<std::size_t>(run);
  const Shape& shape = layer.weight.shape();
  const std::int64_t group = run / shape[1] / (shape[0] / transposed->group);
  return static_cast<std::size_t>(group * shape[1] + run % shape[1]);
}

std::int64_t run_count(const IntegerLinear& layer) {
  const Shape& shape = layer.weight.shape();
  return std::holds_alternative<ConvTranspose>(layer.op) ? shape[0] * shape[1] : shape[0];
}

// The smallest and the largest sum that any input can bring about. Every term's extremes lie on
// both sides of zero, so no partial sum in any order leads beyond them.
void check_sums(const Node& node, const IntegerLinear& layer, const IntegerFormat& x) {
  std::vector<std::int64_t> least(layer.bias.begin(), layer.bias.end());
  std::vector<std::int64_t> most = least;
  const std::int64_t lo = x.range.lo - x.params.zero_point;
  const std::int64_t hi = x.range.hi - x.params.zero_point;
  const std::vector<std::int32_t> weights = centred_weights(layer);
  const std::int64_t runs = run_count(layer);
  const auto length = std::ssize(weights) / std::max<std::int64_t>(runs, 1);
  for (std::int64_t run = 0; run < runs; ++run) {
    std::int64_t positive = 0;
    std::int64_t negative = 0;
    for (const std::int32_t weight : std::span(weights).subspan(run * length, length)) {
      positive += std::max(weight, 0);
      negative += std::min(weight, 0);
    }
    const std::size_t channel = channel_of(layer, run);
    least[channel] += lo * positive + hi * negative;
    most[channel] += hi * positive + lo * negative;
  }
  for (std::size_t channel = 0; channel < most.size(); ++channel) {
    if (least[channel] < least_sum || most[channel] > most_sum) {
      fail(
          "node '{}': the sum of channel {} can be anything in {}..{}, which 32 bits do not hold; "
          "give the layer fewer bits",
          node.name, channel, least[channel], most[channel]);
    }
  }
}

Activation activation_of(const Op& op) {
  if (const auto* conv = std::get_if<Conv>(&op)) return conv->activation;
  if (const auto* transposed = std::get_if<ConvTranspose>(&op)) return transposed->activation;
  return std::get<Gemm>(op).activation;
}

float addend_ratio(const LoweringScope& scope, const Node& node) {
  if (node.inputs.size() < 4) return 0.0F;
  return scope.known_format(node.inputs[3]).params.scale /
         scope.known_format(node.outputs[0]).params.scale;
}

// `scales`: of the sums of each channel.
std::string reason_against(const LoweringScope& scope, const Node& node,
                           std::span<const float> scales) {
  const auto& format = scope.format(node.outputs[0]);
  if (!format) return {};
  return reason_against(scope, node, std::ranges::max(scales) / format->params.scale,
                        addend_ratio(scope, node));
}

// Of the scale of a channel's sums, which is `scale` in float32, to that of the result.
double ratio_of(const LoweringScope& scope, const Node& node, std::size_t channel, float scale) {
  const float result = scope.known_format(node.outputs[0]).params.scale;
  if (!is_tflite(scope.model.arithmetic.requantization)) return scale / result;
  const QuantPoint& point = scope.model.points.at(scope.model.points.at(node.inputs[1]).leader);
  const double weight = point.params[point.params.size() > 1 ? channel : 0].scale;
  return scope.known_format(node.inputs[0]).params.scale * weight / result;
}

void decide_float_bias(const LoweringScope& scope, const Node& node, std::span<const float> scales,
                       IntegerLinear& layer) {
  layer.output_scales.assign(scales.begin(), scales.end());
  for (std::size_t channel = 0; channel < layer.bias.size(); ++channel)
    layer.float_biases.push_back(static_cast<float>(layer.bias[channel]) * scales[channel]);
  const auto& format = scope.format(node.outputs[0]);
  if (!format) return;
  layer.output = output_range(*format, layer.activation);
  const StepInterval y = step_interval(*format);
  layer.finish = node.inputs.size() == 4
                     ? make_float_bias(step_interval(scope.known_format(node.inputs[3])), y)
                     : make_float_bias(y);
  expect_finite(node, layer.finish->rounding);
}

void decide_output(const LoweringScope& scope, const Node& node, std::span<const float> scales,
                   IntegerLinear& layer) {
  layer.activation = activation_of(node.op);
  if (scope.model.arithmetic.sums == Sums::float_bias) {
    decide_float_bias(scope, node, scales, layer);
    return;
  }
  const auto& format = scope.format(node.outputs[0]);
  if (!format) {
    layer.output_scales.assign(scales.begin(), scales.end());
    return;
  }
  layer.output = output_range(*format, layer.activation);
  const bool in_double =
      is_tflite(scope.model.arithmetic.requantization) && std::holds_alternative<Gemm>(node.op);
  for (std::size_t channel = 0; channel < scales.size(); ++channel) {
    const double ratio = ratio_of(scope, node, channel, scales[channel]);
    if (in_double) {
      layer.double_ratios.push_back(ratio);
      continue;
    }
    layer.requantizers.push_back(requantizer_of(scope, node, ratio, addend_ratio(scope, node)));
  }
}

}  // namespace

IntegerOp lower_linear(const LoweringScope& scope, const Node& node) {
  if (std::string reason = reason_for_float(scope, node); !reason.empty()) {
    return FloatNode{node.op, std::move(reason)};
  }
  const Graph& graph = scope.model.graph;
  const IntegerFormat& x = scope.known_format(node.inputs[0]);
  const QuantPoint& point = scope.model.points.at(scope.model.points.at(node.inputs[1]).leader);
  const std::span<const float> bias = constant(graph, node.inputs[2]).view<float>();

  IntegerLinear layer{.op = node.op, .weight = integers_of(constant(graph, node.inputs[1]), point)};
  for (const QuantParams& params : point.params) {
    layer.weight_zero_points.push_back(params.zero_point);
  }
  std::vector<float> scales;
  for (std::size_t channel = 0; channel < bias.size(); ++channel) {
    const float scale = point.params[point.params.size() > 1 ? channel : 0].scale;
    scales.push_back(x.params.scale * scale);
    layer.bias.push_back(
        integer_bias(node, channel, bias[channel], static_cast<double>(x.params.scale) * scale));
  }
  check_sums(node, layer, x);
  if (std::string reason = reason_against(scope, node, scales); !reason.empty()) {
    return FloatNode{node.op, std::move(reason)};
  }
  decide_output(scope, node, scales, layer);
  return layer;
}

std::vector<std::int32_t> centred_weights(const IntegerLinear& linear) {
  std::vector<std::int32_t> centred(static_cast<std::size_t>(linear.weight.size()));
  if (linear.weight.dtype() == DType::i8) {
    std::ranges::copy(linear.weight.view<std::int8_t>(), centred.begin());
  } else {
    std::ranges::copy(linear.weight.view<std::int16_t>(), centred.begin());
  }
  const std::size_t row = centred.size() / linear.weight_zero_points.size();
  auto weight = centred.begin();
  for (const std::int32_t zero_point : linear.weight_zero_points) {
    for (std::size_t i = 0; i < row; ++i) *weight++ -= zero_point;
  }
  return centred;
}

}  // namespace vernier
