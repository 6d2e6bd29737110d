// Averages, and what moves or selects integers.

#include <algorithm>
#include <limits>

#include "vernier/reference/lowering.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

bool is_spatial_mean(const ReduceMean& op, std::size_t rank) {
  Ints axes = op.axes;
  std::ranges::sort(axes);
  Ints spatial;
  for (std::size_t axis = 2; axis < rank; ++axis) {
    spatial.push_back(static_cast<std::int64_t>(axis));
  }
  return !spatial.empty() && axes == spatial;
}

std::string reason_for_float(const LoweringScope& scope, const Node& node) {
  const ValueId x = node.inputs[0];
  const ValueId y = node.outputs[0];
  if (!scope.format(x)) return fmt::format("operand '{}' is float", scope.name(x));
  if (!scope.format(y)) return fmt::format("result '{}' is float", scope.name(y));
  if (scope.shape(x).size() > 4) return "more than two spatial axes";
  const auto* mean = std::get_if<ReduceMean>(&node.op);
  if (mean != nullptr && !is_spatial_mean(*mean, scope.shape(x).size())) {
    return "a mean over other axes than the spatial ones";
  }
  return {};
}

bool moves_only(const Op& op) {
  if (const auto* pad = std::get_if<Pad>(&op)) return pad->value == 0.0F;
  if (const auto* resize = std::get_if<Resize>(&op)) {
    return resize->mode == ResizeMode::nearest &&
           resize->coordinate_transformation_mode != CoordinateMode::tf_crop_and_resize;
  }
  return true;
}

// TensorFlow Lite's AVERAGE_POOL_2D keeps the parameters, its MEAN does not.
bool is_quotient(const LoweringScope& scope, const Node& node) {
  const auto* pool = std::get_if<AveragePool>(&node.op);
  return is_tflite(scope.model.arithmetic.requantization) &&
         !std::holds_alternative<ReduceMean>(node.op) && (!pool || !pool->count_include_pad) &&
         scope.known_format(node.inputs[0]) == scope.known_format(node.outputs[0]);
}

Requantizer requantizer_of_count(const LoweringScope& scope, const Node& node,
                                 const IntegerAverage& average, std::int64_t count) {
  const auto number = static_cast<float>(count);
  if (average.mean) return {.multiplier = average.mean->divide ? number : 1.0F / number};
  if (average.quotient) return {.integer_multiplier = static_cast<std::int32_t>(count)};
  const float x = scope.known_format(node.inputs[0]).params.scale;
  const float y = scope.known_format(node.outputs[0]).params.scale;
  if (is_tflite(scope.model.arithmetic.requantization))
    return with_name(node, [&] { return make_tflite_mean(x, y, count); });
  return requantizer_of(scope, node, x / (y * number));
}

}  // namespace

IntegerOp lower_average(const LoweringScope& scope, const Node& node) {
  if (std::string reason = reason_for_float(scope, node); !reason.empty()) {
    return FloatNode{node.op, std::move(reason)};
  }
  const IntegerFormat& x = scope.known_format(node.inputs[0]);
  const IntegerFormat& y = scope.known_format(node.outputs[0]);
  const std::int64_t most_count = std::numeric_limits<std::int32_t>::max() / x.range.steps();
  IntegerAverage average{
      .op = node.op, .output = output_range(y, {}), .quotient = is_quotient(scope, node)};
  const Window window =
      spatial_window(node.op, scope.shape(node.inputs[0]), scope.shape(node.outputs[0]));
  if (scope.model.arithmetic.sums == Sums::float_bias) {
    const bool divide = !std::holds_alternative<AveragePool>(node.op);
    average.mean = make_float_mean(step_interval(x), step_interval(y), divide);
    expect_finite(node, average.mean->rounding);
  }
  for (const std::int64_t count : window_counts(node.op, window)) {
    if (average.requantizers.contains(count)) continue;
    if (count > most_count) return FloatNode{node.op, "the sum of a window leaves 32 bits"};
    const float ratio = x.params.scale / (y.params.scale * static_cast<float>(count));
    std::string reason = average.mean ? "" : reason_against(scope, node, ratio);
    if (!reason.empty()) return FloatNode{node.op, std::move(reason)};
    average.requantizers.emplace(count, requantizer_of_count(scope, node, average, count));
  }
  return average;
}

IntegerOp lower_move(const LoweringScope& scope, const Node& node) {
  if (!moves_only(node.op)) {
    return FloatNode{node.op, fmt::format("{} of this mode computes", type_name(node.op))};
  }
  const auto& result = scope.format(node.outputs[0]);
  for (const ValueId id : node.outputs) {
    if (!scope.format(id))
      return FloatNode{node.op, fmt::format("result '{}' is float", scope.name(id))};
    if (scope.known_format(id) != *result)
      return FloatNode{node.op, "the results have different parameters"};
  }
  for (const ValueId id : node.inputs) {
    const Value& value = scope.model.graph[id];
    if (value.dtype != DType::f32 && value.constant) continue;  // the indices of a Gather
    const auto& format = scope.format(id);
    if (!format) return FloatNode{node.op, fmt::format("operand '{}' is float", scope.name(id))};
    if (*format != *result && !fits_8_bits(*format)) {
      return FloatNode{node.op, "an operand of more than 8 bits has other parameters"};
    }
  }
  return IntegerMove{node.op};
}

}  // namespace vernier
