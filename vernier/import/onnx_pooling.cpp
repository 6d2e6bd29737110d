// Pooling and reductions.

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"
#include "vernier/import/onnx_window.h"

namespace vernier {
namespace {

// The axes come from an attribute, since `opset` from an input. Without any, all are reduced, or
// none if the node says so.
template <typename Reduce>
Converted convert_reduce(OnnxNode& node, std::int64_t opset) {
  const Ints axes = integers_if_any(node, "axes", opset, 1).value_or(Ints{});
  const bool noop = node.attributes.get("noop_with_empty_axes", false);
  const bool keepdims = node.attributes.get("keepdims", true);
  if (axes.empty() && noop) return Computed{Identity{}, {input(node, 0)}};
  return Computed{Reduce{.axes = positive_axes(axes, rank(node, 0)), .keepdims = keepdims},
                  {input(node, 0)}};
}

}  // namespace

Converted convert_max_pool(OnnxNode& node) {
  const OnnxWindow window = read_window(node, {});
  node.attributes.ignore("storage_order");  // of the indices, an output that we do not have
  const MaxPool op{.kernel_shape = window.kernel,
                   .strides = window.strides,
                   .dilations = window.dilations,
                   .pads = window.pads,
                   .ceil_mode = node.attributes.get("ceil_mode", false)};
  return Computed{op, {input(node, 0)}};
}

Converted convert_average_pool(OnnxNode& node) {
  const OnnxWindow window = read_window(node, {});
  if (std::ranges::count(window.dilations, 1) != std::ssize(window.dilations)) {
    fail("'dilations' are {}, supported: 1", to_string(window.dilations));
  }
  const AveragePool op{.kernel_shape = window.kernel,
                       .strides = window.strides,
                       .pads = window.pads,
                       .ceil_mode = node.attributes.get("ceil_mode", false),
                       .count_include_pad = node.attributes.get("count_include_pad", false)};
  return Computed{op, {input(node, 0)}};
}

Converted convert_reduce_mean(OnnxNode& node) { return convert_reduce<ReduceMean>(node, 18); }

Converted convert_reduce_sum(OnnxNode& node) { return convert_reduce<ReduceSum>(node, 13); }

}  // namespace vernier
