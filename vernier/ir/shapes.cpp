#include "vernier/ir/shapes.h"

#include <algorithm>
#include <tuple>

#include "vernier/ir/shapes_one.h"

namespace vernier {
namespace {

constexpr std::int64_t most_elements = std::int64_t{1} << 40;
constexpr std::int64_t largest_size = std::int64_t{1} << 31;

template <typename Type>
void expect_channels(const Type& op, std::string_view what, const ValueType& input,
                     std::int64_t channels) {
  expect_shape(op, what, input.shape, {channels});
}

// Scale and zero point: one element, or one a channel of `axis`.
template <typename Type>
void check_quantizer(const Type& op, TypeSpan inputs) {
  const ValueType& scale = inputs[1];
  if (scale.dtype != DType::f32) misfit(op, "scale is {}, expected f32", name(scale.dtype));
  expect_shape(op, "zero_point", inputs[2].shape, scale.shape);
  if (scale.shape.empty() || scale.shape == Shape{1}) return;
  const std::size_t axis = checked_axis(op, op.axis, inputs[0].shape.size());
  expect_channels(op, "scale", scale, inputs[0].shape[axis]);
}

template <typename Type>
void expect_quantized(const Type& op, DType dtype) {
  if (dtype == DType::f32 || dtype == DType::f64 || dtype == DType::i64) {
    misfit(op, "quantized type is {}, expected at most 32-bit integers", name(dtype));
  }
}

}  // namespace

void check_shape(const Shape& shape, std::string_view what) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (size < 0 || size > largest_size) {
      fail("{}: the size {} in {} is not in 0..2^31", what, size, to_string(shape));
    }
    // An empty axis must not hide the product of the others.
    const std::int64_t factor = std::max<std::int64_t>(size, 1);
    if (count > most_elements / factor) {
      fail("{}: {} has more than 2^40 elements", what, to_string(shape));
    }
    count *= factor;
  }
}

std::vector<ValueType> infer(const Op& op, std::span<const ValueType> inputs) {
  for (const ValueType& type : inputs) check_shape(type.shape, type_name(op));
  Types types = std::visit([&](const auto& each) { return infer_one(each, inputs); }, op);
  for (const ValueType& type : types) check_shape(type.shape, type_name(op));
  return types;
}

std::int64_t current_batch(const Graph& graph) {
  if (!graph.any_batch || graph.inputs.empty()) return 1;
  const Shape& shape = graph[graph.inputs[0]].shape;
  return shape.empty() ? 1 : shape[0];
}

void infer_shapes(Graph& graph, std::int64_t batch) {
  for (const ValueId input : graph.inputs) {
    if (graph.any_batch && !graph[input].shape.empty()) graph[input].shape[0] = batch;
  }
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<Foreign>(node.op)) continue;
    Types inputs;
    for (const ValueId id : node.inputs) inputs.push_back({graph[id].dtype, graph[id].shape});
    Types outputs;
    try {
      outputs = infer(node.op, inputs);
    } catch (const Error& error) {
      fail("node '{}': {}", node.name, error.what());
    }
    if (outputs.size() != node.outputs.size()) {
      fail("node '{}': {} has {} outputs, expected {}", node.name, type_name(node.op),
           node.outputs.size(), outputs.size());
    }
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      graph[node.outputs[i]].dtype = outputs[i].dtype;
      graph[node.outputs[i]].shape = outputs[i].shape;
    }
  }
}

Types infer_one(const Gemm& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 3);
  expect_float(op, inputs);
  const auto [a, b, c] = std::tie(inputs[0].shape, inputs[1].shape, inputs[2].shape);
  if (a.size() != 2 || b.size() != 2) {
    misfit(op, "operands are {} and {}, expected matrices", to_string(a), to_string(b));
  }
  const std::int64_t inner_a = a[op.transA == 0 ? 1 : 0];
  const std::int64_t inner_b = b[op.transB == 0 ? 0 : 1];
  if (inner_a != inner_b) misfit(op, "inner sizes are {} and {}", inner_a, inner_b);
  const Shape shape = {a[op.transA == 0 ? 0 : 1], b[op.transB == 0 ? 1 : 0]};
  expect_shape(op, "the bias, broadcast with the product,", broadcast(op, shape, c), shape);
  return {{DType::f32, shape}};
}

// A vector on the left is a row, on the right a column; the axis of size 1 is dropped again.
Types infer_one(const MatMul& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 2);
  expect_float(op, inputs);
  Shape a = inputs[0].shape;
  Shape b = inputs[1].shape;
  if (a.empty() || b.empty()) misfit(op, "an operand is a scalar");
  const bool row = a.size() == 1;
  const bool column = b.size() == 1;
  if (row) a.insert(a.begin(), 1);
  if (column) b.push_back(1);
  if (a.back() != b[b.size() - 2]) {
    misfit(op, "{} and {} have different inner sizes", to_string(inputs[0].shape),
           to_string(inputs[1].shape));
  }
  Shape shape = broadcast(op, Shape(a.begin(), a.end() - 2), Shape(b.begin(), b.end() - 2));
  if (!row) shape.push_back(a[a.size() - 2]);
  if (!column) shape.push_back(b.back());
  return {{DType::f32, shape}};
}

Types infer_one(const BatchNormalization& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 5);
  expect_float(op, inputs);
  expect_rank(op, inputs[0], 2);
  for (std::size_t i = 1; i < 5; ++i) {
    expect_channels(op, "a parameter", inputs[i], inputs[0].shape[1]);
  }
  return {inputs[0]};
}

Types infer_one(const Cast& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  return {{op.to, inputs[0].shape}};
}

Types infer_one(const PRelu& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 2);
  expect_float(op, inputs);
  const Shape& x = inputs[0].shape;
  expect_shape(op, "x, broadcast with the slope,", broadcast(op, x, inputs[1].shape), x);
  return {inputs[0]};
}

Types infer_one(const Softmax& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_float(op, inputs);
  checked_axis(op, op.axis, inputs[0].shape.size());
  return {inputs[0]};
}

Types infer_one(const LRN& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_float(op, inputs);
  expect_rank(op, inputs[0], 2);
  if (op.size < 1) misfit(op, "size is {}, expected 1 or more", op.size);
  return {inputs[0]};
}

Types infer_one(const QuantizeLinear& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 3);
  expect_float(op, inputs.first(1));
  expect_quantized(op, op.to);
  check_quantizer(op, inputs);
  if (inputs[2].dtype != op.to) {
    misfit(op, "zero_point is {}, expected {}", name(inputs[2].dtype), name(op.to));
  }
  return {{op.to, inputs[0].shape}};
}

Types infer_one(const DequantizeLinear& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 3);
  expect_quantized(op, inputs[0].dtype);
  check_quantizer(op, inputs);
  if (inputs[2].dtype != inputs[0].dtype) {
    misfit(op, "zero_point is {}, expected {}", name(inputs[2].dtype), name(inputs[0].dtype));
  }
  return {{DType::f32, inputs[0].shape}};
}

Types infer_one(const Foreign& op, TypeSpan /*inputs*/) {
  fail("{}: the shapes of an operator that is not understood cannot be inferred", op.op_type);
}

}  // namespace vernier
