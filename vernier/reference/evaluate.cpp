#include "vernier/reference/evaluate.h"

#include <algorithm>

#include "vernier/reference/evaluate_one.h"

namespace vernier {
namespace {

// More than any network needs, less than brings a machine down.
constexpr std::int64_t most_bytes = std::int64_t{1} << 31;

struct Evaluator {
  std::span<const Tensor> inputs;
  std::span<const ValueType> types;

  std::vector<Tensor> operator()(const Split& op) const {
    return evaluate_split(op, inputs[0], types);
  }
  std::vector<Tensor> operator()(const Foreign& op) const {
    fail("'{}' is an operator that is not understood and cannot be computed", op.op_type);
  }
  std::vector<Tensor> operator()(const auto& op) const {
    return {evaluate_one(op, inputs, types[0])};
  }
};

bool fits(const Graph& graph, const Value& value, const Tensor& tensor) {
  Shape shape = tensor.shape();
  if (graph.any_batch && !shape.empty() && !value.shape.empty()) shape[0] = value.shape[0];
  return tensor.dtype() == value.dtype && shape == value.shape;
}

void check_inputs(const Graph& graph, std::span<const Tensor> inputs) {
  if (inputs.size() != graph.inputs.size()) {
    fail("{} inputs are given, but the graph has {}", inputs.size(), graph.inputs.size());
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const Value& value = graph[graph.inputs[i]];
    if (fits(graph, value, inputs[i])) continue;
    fail("input '{}' is {} {}, expected {} {}", value.name, name(inputs[i].dtype()),
         to_string(inputs[i].shape()), name(value.dtype), to_string(value.shape));
  }
}

}  // namespace

void check_result(std::string_view op, const ValueType& type) {
  check_shape(type.shape, op);
  const std::int64_t bytes = element_count(type.shape) * byte_size(type.dtype);
  if (bytes > most_bytes) {
    fail("{}: a result {} of {} bytes, expected at most {}", op, to_string(type.shape), bytes,
         most_bytes);
  }
}

std::vector<Tensor> evaluate(const Op& op, std::span<const Tensor> inputs) {
  std::vector<ValueType> input_types;
  for (const Tensor& input : inputs) input_types.push_back({input.dtype(), input.shape()});
  const std::vector<ValueType> types = infer(op, input_types);
  for (const ValueType& type : types) check_result(type_name(op), type);
  // Nothing to compute; and behind here no size of a result is larger than its element count.
  if (std::ranges::all_of(types, [](const auto& type) { return element_count(type.shape) == 0; })) {
    std::vector<Tensor> empty;
    empty.reserve(types.size());
    for (const ValueType& type : types) empty.emplace_back(type.dtype, type.shape);
    return empty;
  }
  return std::visit(Evaluator{inputs, types}, op);
}

namespace {

std::vector<Tensor> values_before(const Graph& graph, std::span<const Tensor> inputs) {
  check_inputs(graph, inputs);
  std::vector<Tensor> values;
  values.reserve(graph.values.size());
  for (const Value& value : graph.values) values.push_back(value.constant.value_or(Tensor()));
  for (std::size_t i = 0; i < inputs.size(); ++i) values[index(graph.inputs[i])] = inputs[i];
  return values;
}

void evaluate_node(const Node& node, std::vector<Tensor>& values) {
  std::vector<Tensor> operands;
  operands.reserve(node.inputs.size());
  for (const ValueId id : node.inputs) operands.push_back(values.at(index(id)));
  try {
    std::vector<Tensor> results = evaluate(node.op, operands);
    VERNIER_CHECK(results.size() == node.outputs.size());
    for (std::size_t i = 0; i < results.size(); ++i) {
      values.at(index(node.outputs[i])) = std::move(results[i]);
    }
  } catch (const Error& error) {
    fail("node '{}': {}", node.name, error.what());
  }
}

}  // namespace

std::vector<Tensor> evaluate(const Graph& graph, std::span<const Tensor> inputs) {
  std::vector<Tensor> values = values_before(graph, inputs);
  for (const Node& node : graph.nodes) evaluate_node(node, values);
  return values;
}

std::vector<Tensor> evaluate_outputs(const Graph& graph, std::span<const Tensor> inputs) {
  std::vector<Tensor> values = values_before(graph, inputs);
  std::vector<std::int64_t> readers(values.size());
  for (const ValueId id : graph.outputs) ++readers.at(index(id));
  for (const Node& node : graph.nodes) {
    for (const ValueId id : node.inputs) ++readers.at(index(id));
  }
  for (const Node& node : graph.nodes) {
    evaluate_node(node, values);
    for (const ValueId id : node.inputs) {
      if (--readers[index(id)] == 0) values[index(id)] = Tensor();
    }
  }
  std::vector<Tensor> outputs;
  outputs.reserve(graph.outputs.size());
  for (const ValueId id : graph.outputs) outputs.push_back(values[index(id)]);
  return outputs;
}

}  // namespace vernier
