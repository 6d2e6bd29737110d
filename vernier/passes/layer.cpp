#include "vernier/passes/layer.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

// The output channel of every row of a weight, a row being what lies behind the axis of output
// channels: [O] rows, or [C, O/group] of a transposed convolution, whose input channels are those
// of their group.
std::vector<std::size_t> row_channels(const Op& op, const Shape& weight) {
  std::vector<std::size_t> channels;
  const auto* transposed = std::get_if<ConvTranspose>(&op);
  for (std::int64_t row = 0; row < weight[0]; ++row) {
    if (transposed == nullptr) {
      channels.push_back(static_cast<std::size_t>(row));
      continue;
    }
    const std::int64_t group = row / (weight[0] / transposed->group);
    for (std::int64_t column = 0; column < weight[1]; ++column) {
      channels.push_back(static_cast<std::size_t>(group * weight[1] + column));
    }
  }
  return channels;
}

bool is_unary_function(const Op& op) {
  return is_one_of<Relu, LeakyRelu, Clip, Sigmoid, HardSigmoid, HardSwish, Tanh, Erf, Abs, Neg>(op);
}

bool is_normal(const Gemm& op) {
  return op.transA == 0 && op.transB == 1 && op.alpha == 1.0F && op.beta == 1.0F;
}

}  // namespace

bool is_layer(const Graph& graph, const Node& node) {
  if (!is_one_of<Conv, ConvTranspose, Gemm>(node.op)) return false;
  if (!graph[node.inputs[1]].constant || !graph[node.inputs[2]].constant) return false;
  const auto* gemm = std::get_if<Gemm>(&node.op);
  return gemm == nullptr || (is_normal(*gemm) && graph[node.inputs[2]].shape.size() == 1 &&
                             graph[node.inputs[2]].shape[0] == graph[node.inputs[1]].shape[0]);
}

Activation* activation_of(Op& op) {
  if (auto* conv = std::get_if<Conv>(&op)) return &conv->activation;
  if (auto* conv = std::get_if<ConvTranspose>(&op)) return &conv->activation;
  if (auto* gemm = std::get_if<Gemm>(&op)) return &gemm->activation;
  if (auto* add = std::get_if<Add>(&op)) return &add->activation;
  if (auto* mul = std::get_if<Mul>(&op)) return &mul->activation;
  return nullptr;
}

bool is_scalable(const Graph& graph, const Node& node) {
  if (!is_layer(graph, node) || node.inputs.size() != 3) return false;
  Op op = node.op;
  return *activation_of(op) == Activation{} && used_once(graph, node.outputs[0]) &&
         used_once(graph, node.inputs[1]) && used_once(graph, node.inputs[2]);
}

void scale_channels(Graph& graph, const Node& layer, std::span<const double> scale,
                    std::span<const double> shift) {
  const auto bias = graph[layer.inputs[2]].constant->edit<float>();
  VERNIER_CHECK(bias.size() == scale.size() && bias.size() == shift.size());
  for (std::size_t channel = 0; channel < bias.size(); ++channel) {
    bias[channel] = static_cast<float>(bias[channel] * scale[channel] + shift[channel]);
  }
  Value& weight = graph[layer.inputs[1]];
  const auto elements = weight.constant->edit<float>();
  const std::vector<std::size_t> channels = row_channels(layer.op, weight.shape);
  for (std::size_t row = 0; row < channels.size(); ++row) {
    const std::size_t length = elements.size() / channels.size();
    for (float& w : elements.subspan(row * length, length)) {
      w = static_cast<float>(w * scale[channels[row]]);
    }
  }
}

bool moves_only(const Op& op) {
  if (const auto* pad = std::get_if<Pad>(&op)) {
    return pad->mode != PadMode::constant || pad->value == 0.0F;
  }
  if (const auto* resize = std::get_if<Resize>(&op)) {
    return resize->mode == ResizeMode::nearest &&
           resize->coordinate_transformation_mode != CoordinateMode::tf_crop_and_resize;
  }
  return is_one_of<Identity, MaxPool, GlobalMaxPool, Concat, Split, Slice, Reshape, Flatten,
                   Squeeze, Unsqueeze, Transpose, Gather, Expand, DepthToSpace>(op);
}

bool has_integer_form(const Graph& graph, const Node& node) {
  if (is_layer(graph, node)) return true;
  for (const ValueId input : node.inputs) {
    if (graph[input].dtype == DType::f32 && graph[input].constant) return false;
  }
  if (const auto* mean = std::get_if<ReduceMean>(&node.op)) {
    return is_spatial_mean(*mean, graph[node.inputs[0]].shape.size());
  }
  if (const auto* resize = std::get_if<Resize>(&node.op)) {
    return resize->mode != ResizeMode::cubic;
  }
  return moves_only(node.op) || is_unary_function(node.op) ||
         is_one_of<Add, Mul, AveragePool, GlobalAveragePool>(node.op);
}

bool is_spatial_mean(const ReduceMean& op, std::size_t rank) {
  Ints axes = op.axes;
  std::ranges::sort(axes);
  Ints spatial;
  for (std::size_t axis = 2; axis < rank; ++axis) {
    spatial.push_back(static_cast<std::int64_t>(axis));
  }
  return !spatial.empty() && axes == spatial;
}

}  // namespace vernier
