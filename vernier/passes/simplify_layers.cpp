// Rules of `simplify` that concern layers.

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "vernier/passes/layer.h"
#include "vernier/passes/simplify.h"

namespace vernier {
namespace {

bool is_private_constant(const Graph& graph, ValueId id) {
  return graph[id].constant.has_value() && used_once(graph, id);
}

void set_constant(Graph& graph, ValueId id, Tensor tensor) {
  graph[id].shape = tensor.shape();
  graph[id].constant = std::move(tensor);
}

Tensor transposed(const Tensor& matrix) {
  const std::int64_t rows = matrix.shape()[0];
  const std::int64_t columns = matrix.shape()[1];
  Tensor result(DType::f32, {columns, rows});
  const auto from = matrix.view<float>();
  const auto to = result.edit<float>();
  for (std::size_t i = 0; i < from.size(); ++i) {
    const auto row = static_cast<std::int64_t>(i) / columns;
    const auto column = static_cast<std::int64_t>(i) % columns;
    to[static_cast<std::size_t>(column * rows + row)] = from[i];
  }
  return result;
}

void multiply(Tensor& tensor, float factor) {
  if (factor == 1.0F) return;
  for (float& element : tensor.edit<float>()) element *= factor;
}

// Repeats a constant that is the same for all rows of [M, columns] as [columns].
std::optional<Tensor> one_a_column(const Tensor& c, std::int64_t columns) {
  const Shape& shape = c.shape();
  if (shape.size() == 2 && shape[0] != 1) return std::nullopt;
  const auto from = c.view<float>();
  Tensor result(DType::f32, {columns});
  const auto to = result.edit<float>();
  for (std::size_t i = 0; i < to.size(); ++i) to[i] = from[from.size() == 1 ? 0 : i];
  return result;
}

// The constant as one number a channel, if it broadcasts to the layer's result like that.
std::optional<std::vector<double>> channel_constant(const Graph& graph, ValueId id,
                                                    const Shape& result) {
  if (!graph[id].constant || graph[id].shape.size() > result.size()) return std::nullopt;
  Shape shape(result.size() - graph[id].shape.size(), 1);
  shape.insert(shape.end(), graph[id].shape.begin(), graph[id].shape.end());
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (shape[axis] != 1 && (axis != 1 || shape[axis] != result[1])) return std::nullopt;
  }
  const auto elements = constant(graph, id).view<float>();
  std::vector<double> numbers(elements.begin(), elements.end());
  if (numbers.size() == 1) numbers.assign(static_cast<std::size_t>(result[1]), numbers[0]);
  return numbers;
}

struct Affine {
  std::vector<double> scale;
  std::vector<double> shift;
};

// op(x, c), or op(c, x) if c is the first operand, as scale * x + shift.
std::optional<Affine> affine_of(const Op& op, const std::vector<double>& c, bool c_first) {
  Affine result{std::vector<double>(c.size(), 1.0), std::vector<double>(c.size(), 0.0)};
  for (std::size_t i = 0; i < c.size(); ++i) {
    if (std::holds_alternative<Add>(op)) {
      result.shift[i] = c[i];
    } else if (std::holds_alternative<Sub>(op)) {
      result.scale[i] = c_first ? -1.0 : 1.0;
      result.shift[i] = c_first ? c[i] : -c[i];
    } else if (std::holds_alternative<Mul>(op)) {
      result.scale[i] = c[i];
    } else if (std::holds_alternative<Div>(op) && !c_first && c[i] != 0.0) {
      result.scale[i] = 1.0 / c[i];
    } else {
      return std::nullopt;
    }
  }
  return result;
}

bool fold_operand(Graph& graph, NodeId id, std::size_t operand) {
  Node& node = graph[id];
  const ValueId x = node.inputs[operand];
  const auto before = producer(graph, x);
  if (!before || !is_scalable(graph, graph[*before])) return false;
  const Shape& result = graph[x].shape;
  if (graph[node.outputs[0]].shape != result) return false;
  const auto numbers = channel_constant(graph, node.inputs[1 - operand], result);
  if (!numbers) return false;
  const auto affine = affine_of(node.op, *numbers, operand == 1);
  if (!affine) return false;
  Node& layer = graph[*before];
  scale_channels(graph, layer, affine->scale, affine->shift);
  if (const Activation* activation = activation_of(node.op)) {
    *activation_of(layer.op) = *activation;
  }
  layer.outputs = std::exchange(node.outputs, {});
  return true;
}

}  // namespace

bool own_constants(Graph& graph, NodeId id) {
  if (!is_one_of<Conv, ConvTranspose, Gemm>(graph[id].op)) return false;
  bool changed = false;
  for (const std::size_t position : {std::size_t{1}, std::size_t{2}}) {
    const Value value = graph[graph[id].inputs[position]];
    if (!value.constant || used_once(graph, graph[id].inputs[position])) continue;
    const std::string name = unused_name(graph, fmt::format("{}.{}", value.name, graph[id].name));
    graph[id].inputs[position] = add_constant(graph, name, *value.constant);
    changed = true;
  }
  return changed;
}

bool normal_gemm(Graph& graph, NodeId id) {
  const auto* found = std::get_if<Gemm>(&graph[id].op);
  if (found == nullptr || is_layer(graph, graph[id])) return false;
  const Gemm op = *found;
  const auto [a, b, c] = std::array{graph[id].inputs[0], graph[id].inputs[1], graph[id].inputs[2]};
  if (!is_private_constant(graph, b) || !is_private_constant(graph, c)) return false;
  auto bias = one_a_column(constant(graph, c), graph[graph[id].outputs[0]].shape[1]);
  if (!bias) return false;

  Tensor weight = op.transB == 0 ? transposed(constant(graph, b)) : constant(graph, b);
  multiply(weight, op.alpha);
  multiply(*bias, op.beta);
  set_constant(graph, b, std::move(weight));
  set_constant(graph, c, std::move(*bias));
  graph[id].op = Gemm{.transB = 1, .activation = op.activation};
  if (op.transA != 0) {
    const ValueId turned = insert_before(graph, id, Transpose{.perm = {1, 0}}, a);
    graph.nodes[index(id) + 1].inputs[0] = turned;
  }
  return true;
}

bool matmul_to_gemm(Graph& graph, NodeId id) {
  if (!std::holds_alternative<MatMul>(graph[id].op)) return false;
  const Value& x = graph[graph[id].inputs[0]];
  const Value& weight = graph[graph[id].inputs[1]];
  if (x.constant || !weight.constant || x.shape.size() != 2 || weight.shape.size() != 2) {
    return false;
  }
  const std::string name = unused_name(graph, graph[id].name + ".bias");
  const ValueId bias = add_constant(graph, name, Tensor(DType::f32, {weight.shape[1]}));
  graph[id].op = Gemm{};
  graph[id].inputs.push_back(bias);
  return true;
}

bool fold_channel_constant(Graph& graph, NodeId id) {
  if (!is_one_of<Add, Sub, Mul, Div>(graph[id].op)) return false;
  return fold_operand(graph, id, 0) || fold_operand(graph, id, 1);
}

}  // namespace vernier
