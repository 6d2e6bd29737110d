#include "vernier/import/onnx_node.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

template <typename T>
std::vector<T> numbers(const Tensor& tensor) {
  const auto copy = [](auto elements) {
    std::vector<T> result;
    for (const auto element : elements) result.push_back(static_cast<T>(element));
    return result;
  };
  if (tensor.dtype() == DType::i64) return copy(tensor.view<std::int64_t>());
  if (tensor.dtype() == DType::i32) return copy(tensor.view<std::int32_t>());
  if (std::is_floating_point_v<T> && tensor.dtype() == DType::f32) {
    return copy(tensor.view<float>());
  }
  fail("a parameter is {}, expected {}", name(tensor.dtype()),
       std::is_floating_point_v<T> ? "f32" : "i64 or i32");
}

AtBatches<Tensor> parameter(const OnnxNode& node, std::size_t position) {
  const ValueId id = input(node, position);
  if (!node.graph.is_constant(id)) {
    fail("input {}, '{}', is computed at run time, expected a constant", position,
         node.graph.name(id));
  }
  return node.graph.constants(id);
}

void expect_independent(const OnnxNode& node, std::size_t position) {
  const ValueId id = input(node, position);
  if (!node.graph.depends_on_batch(id)) return;
  fail("input {}, '{}', depends on the batch; fix the batch with --shape", position,
       node.graph.name(id));
}

}  // namespace

std::optional<ValueId> input_if_any(const OnnxNode& node, std::size_t position) {
  return position < node.inputs.size() ? node.inputs[position] : std::nullopt;
}

ValueId input(const OnnxNode& node, std::size_t position) {
  const auto id = input_if_any(node, position);
  if (!id) fail("input {} is missing", position);
  return *id;
}

std::vector<ValueId> all_inputs(const OnnxNode& node) {
  std::vector<ValueId> ids;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) ids.push_back(input(node, i));
  return ids;
}

Shape shape(const OnnxNode& node, std::size_t position) {
  return node.graph.shape(input(node, position));
}

std::int64_t rank(const OnnxNode& node, std::size_t position) {
  return static_cast<std::int64_t>(shape(node, position).size());
}

AtBatches<Ints> integers_at_batches(const OnnxNode& node, std::size_t position) {
  const AtBatches<Tensor> both = parameter(node, position);
  return {numbers<std::int64_t>(both[0]), numbers<std::int64_t>(both[1])};
}

Ints integers(const OnnxNode& node, std::size_t position) {
  const AtBatches<Ints> both = integers_at_batches(node, position);
  expect_independent(node, position);
  return both[0];
}

std::vector<float> reals(const OnnxNode& node, std::size_t position) {
  const AtBatches<Tensor> both = parameter(node, position);
  expect_independent(node, position);
  return numbers<float>(both[0]);
}

std::optional<Ints> integers_if_any(OnnxNode& node, std::string_view name, std::int64_t opset,
                                    std::size_t position) {
  if (node.opset >= opset) {
    if (!input_if_any(node, position)) return std::nullopt;
    return integers(node, position);
  }
  if (!node.attributes.has(name)) return std::nullopt;
  return node.attributes.required<Ints>(name);
}

std::int64_t positive_axis(std::int64_t axis, std::int64_t rank) {
  if (axis < -rank || axis >= rank) fail("axis {} is not in {}..{}", axis, -rank, rank - 1);
  return axis < 0 ? axis + rank : axis;
}

Ints positive_axes(Ints axes, std::int64_t rank) {
  for (std::int64_t& axis : axes) axis = positive_axis(axis, rank);
  std::ranges::sort(axes);
  const auto twice = std::ranges::adjacent_find(axes);
  if (twice != axes.end()) fail("axis {} occurs twice", *twice);
  return axes;
}

ValueId emit(OnnxNode& node, Op op, std::vector<ValueId> inputs) {
  const std::string name =
      node.graph.node_names().make(fmt::format("{}.{}", node.name, type_name(op)));
  return node.graph.add_node({.name = name, .op = std::move(op), .inputs = std::move(inputs)}, {})
      .at(0);
}

ValueId emit_constant(OnnxNode& node, std::string_view what, const Tensor& tensor) {
  const std::string name = node.graph.value_names().make(fmt::format("{}.{}", node.name, what));
  return node.graph.add_constant(name, tensor);
}

}  // namespace vernier
