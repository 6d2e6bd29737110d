// Layer after layer, on inputs that are already quantized and corrected: the weights are rounded
// with error feedback (error_feedback.cpp), then gain and bias of each channel are fitted
// (affine_correction.cpp). The bias takes what is the same for all inputs, so that it is their
// covariance, not their second moment, that says what an error costs.
// A layer stays with the nearest rounding where its weight has other readers, where it is a
// transposed convolution, and where its moments would take half of the memory.

#include <algorithm>

#include <fmt/format.h>

#include "vernier/base/parallel.h"
#include "vernier/ptq/affine_correction.h"
#include "vernier/ptq/error_feedback.h"
#include "vernier/ptq/sample_places.h"
#include "vernier/ptq/second_moments.h"
#include "vernier/reference/exact_columns.h"

namespace vernier {
namespace {

/// The rows of a weight, one an output channel, and what they are multiplied with.
struct Rows {
  std::int64_t groups;
  std::int64_t outputs;
  std::int64_t depth;

  std::int64_t bytes() const { return moment_bytes(groups, depth); }
};

Rows rows_of(const Graph& graph, const Node& layer) {
  const auto* conv = std::get_if<Conv>(&layer.op);
  const Shape& shape = graph[layer.inputs[1]].shape;
  return {conv != nullptr ? conv->group : 1, shape[0], element_count(shape) / shape[0]};
}

bool may_round(const QuantGraph& model, const Node& layer) {
  if (!is_one_of<Conv, Gemm>(layer.op)) return false;
  const ValueId weight = layer.inputs[1];
  const QuantPoint* point = find_point_if_any(model, weight);
  return point != nullptr && point->leader == weight && used_once(model.graph, weight);
}

SecondMoments moments_of(TwoWorlds& worlds, const IntegerNode& node, const Rows& rows) {
  SecondMoments moments(static_cast<std::size_t>(rows.groups),
                        static_cast<std::size_t>(rows.depth));
  const std::int64_t plane = plane_size(worlds.model.graph[node.outputs[0]].shape);
  worlds.world.for_each_image(node, [&](std::int64_t image, const Tensor& x) {
    moments.see(exact_columns(worlds.integers, node, x, sample_places(plane, image)));
  });
  moments.finish();
  return moments;
}

void round_layer(TwoWorlds& worlds, const IntegerNode& node, const Rows& rows) {
  const auto depth = static_cast<std::size_t>(rows.depth);
  SecondMoments moments = moments_of(worlds, node, rows);
  for (std::int64_t group = 0; group < rows.groups; ++group)
    feedback_factor(moments.of(static_cast<std::size_t>(group)), depth);
  Node& layer = worlds.layer_of(node);
  const QuantPoint& point = worlds.model.points.at(layer.inputs[1]);
  const auto values = own_constant(worlds.model.graph, layer, 1).edit<float>();
  parallel_for(rows.outputs, [&](std::int64_t output, int /*worker*/) {
    const auto channel = static_cast<std::size_t>(output);
    const auto group = static_cast<std::size_t>(output / (rows.outputs / rows.groups));
    round_with_feedback(values.subspan(channel * depth, depth), moments.of(group),
                        point.params[point.params.size() > 1 ? channel : 0], point.spec);
  });
  worlds.update(node);
}

/// What the largest layer's moments take, of those that take no more than `most`; the note names
/// the others.
std::int64_t largest_moments(const QuantGraph& model, std::int64_t most, const MethodInput& input) {
  std::int64_t largest = 0;
  for (const Node& node : model.graph.nodes) {
    if (!may_round(model, node)) continue;
    const std::int64_t bytes = rows_of(model.graph, node).bytes();
    if (bytes <= most) {
      largest = std::max(largest, bytes);
    } else if (input.note) {
      input.note(fmt::format(
          "gptq: '{}' stays with the nearest rounding: its second moments take {} MiB, half of "
          "--memory is {}",
          node.name, bytes >> 20, most >> 20));
    }
  }
  return largest;
}

}  // namespace

QuantGraph gptq(QuantGraph model, const MethodInput& input) {
  const std::int64_t most = input.memory_bytes / 2;
  MethodInput rest = input;
  rest.memory_bytes -= largest_moments(model, most, input);
  return fit_layers(std::move(model), rest, "gptq", [most](TwoWorlds& worlds, const auto& node) {
    const Node& layer = worlds.layer_of(node);
    const Rows rows = rows_of(worlds.model.graph, layer);
    if (may_round(worlds.model, layer) && rows.bytes() <= most) round_layer(worlds, node, rows);
    correct_layer(worlds, node, true);
  });
}

}  // namespace vernier
