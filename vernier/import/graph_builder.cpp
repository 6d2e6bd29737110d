#include "vernier/import/graph_builder.h"

#include <algorithm>
#include <utility>

#include "vernier/base/error.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

// 256 MB as floats: far above any shape arithmetic, and what transposed weights ask for.
constexpr std::int64_t most_made_elements = std::int64_t{1} << 26;

// A quantization that stands in the file is information, not arithmetic: it stays visible.
bool may_fold(const Op& op) { return !is_one_of<QuantizeLinear, DequantizeLinear, Foreign>(op); }

std::int64_t total_elements(std::span<const AtBatches<ValueType>> types) {
  std::int64_t count = 0;
  for (const auto& type : types) {
    count += element_count(type[0].shape) + element_count(type[1].shape);
  }
  return count;
}

}  // namespace

std::vector<ValueType> infer_at_second_batch(const Op& op, std::span<const ValueType> inputs) {
  try {
    return infer(op, inputs);
  } catch (const Error& error) {
    fail("{} (at a batch of {}; if the model is made for one batch, fix it with --shape)",
         error.what(), probed_batches[1]);
  }
}

std::string UniqueNames::take(const std::string& name) {
  return taken_.insert(name).second ? name : make(name);
}

std::string UniqueNames::make(const std::string& name) {
  std::string unique = name;
  for (int number = 2; reserved_.contains(unique) || taken_.contains(unique); ++number) {
    unique = fmt::format("{}_{}", name, number);
  }
  taken_.insert(unique);
  return unique;
}

GraphBuilder::GraphBuilder(bool any_batch, UniqueNames value_names, UniqueNames node_names)
    : value_names_(std::move(value_names)), node_names_(std::move(node_names)) {
  graph_.any_batch = any_batch;
}

ValueId GraphBuilder::add(Value value, Shape second_shape, std::optional<Tensor> second_constant) {
  second_.push_back({std::move(second_shape), std::move(second_constant)});
  return add_value(graph_, std::move(value));
}

ValueId GraphBuilder::add_input(const std::string& name, const AtBatches<ValueType>& types) {
  const ValueId id =
      add({.name = name, .dtype = types[0].dtype, .shape = types[0].shape}, types[1].shape, {});
  graph_.inputs.push_back(id);
  return id;
}

ValueId GraphBuilder::add_constant(const std::string& name, const Tensor& tensor) {
  return add_constant(name, {tensor, tensor});
}

ValueId GraphBuilder::add_constant(const std::string& name, const AtBatches<Tensor>& tensors) {
  const auto& [first, second] = tensors;
  return add({.name = name, .dtype = first.dtype(), .shape = first.shape(), .constant = first},
             second.shape(), second);
}

AtBatches<ValueType> GraphBuilder::types(ValueId id) const {
  return {ValueType{dtype(id), shape(id)}, ValueType{dtype(id), second_.at(index(id)).shape}};
}

AtBatches<Tensor> GraphBuilder::constants(ValueId id) const {
  return {constant(graph_, id), *second_.at(index(id)).constant};
}

bool GraphBuilder::depends_on_batch(ValueId id) const {
  if (!is_constant(id) || !graph_.any_batch) return false;
  const AtBatches<Tensor> both = constants(id);
  return both[0] != both[1];
}

void GraphBuilder::spend(std::int64_t elements) {
  spent_ += elements;
  if (spent_ > most_made_elements) {
    fail("the model asks for more than {} elements that are not in the file", most_made_elements);
  }
}

std::vector<AtBatches<ValueType>> GraphBuilder::infer_types(const Node& node) const {
  AtBatches<std::vector<ValueType>> inputs;
  for (const ValueId id : node.inputs) {
    const AtBatches<ValueType> type = types(id);
    inputs[0].push_back(type[0]);
    inputs[1].push_back(type[1]);
  }
  AtBatches<std::vector<ValueType>> outputs;
  outputs.fill(infer(node.op, inputs[0]));
  if (graph_.any_batch) outputs[1] = infer_at_second_batch(node.op, inputs[1]);
  std::vector<AtBatches<ValueType>> result;
  for (std::size_t i = 0; i < outputs[0].size(); ++i) {
    result.push_back({outputs[0][i], outputs[1][i]});
  }
  return result;
}

std::vector<ValueId> GraphBuilder::add_node(Node node, std::span<const std::string> outputs) {
  const auto types = infer_types(node);
  const bool all_constant =
      std::ranges::all_of(node.inputs, [&](ValueId id) { return is_constant(id); });
  const std::int64_t elements = total_elements(types);
  if (all_constant && may_fold(node.op) && elements <= most_made_elements - spent_) {
    spend(elements);
    return fold(node, outputs);
  }
  return add_outputs(std::move(node), outputs, types);
}

std::string GraphBuilder::output_name(const Node& node, std::span<const std::string> names,
                                      std::size_t output) {
  if (output < names.size() && !names[output].empty()) return names[output];
  return value_names_.make(fmt::format("{}.{}", node.name, output));
}

std::vector<ValueId> GraphBuilder::add_outputs(Node node, std::span<const std::string> names,
                                               std::span<const AtBatches<ValueType>> types) {
  for (const ValueId id : node.inputs) {
    if (!depends_on_batch(id)) continue;
    fail("'{}' is a constant that depends on the batch; fix the batch with --shape", name(id));
  }
  for (std::size_t i = 0; i < types.size(); ++i) {
    const auto& [first, second] = types[i];
    node.outputs.push_back(
        add({.name = output_name(node, names, i), .dtype = first.dtype, .shape = first.shape},
            second.shape, {}));
  }
  graph_.nodes.push_back(node);
  return node.outputs;
}

std::vector<ValueId> GraphBuilder::fold(const Node& node, std::span<const std::string> names) {
  AtBatches<std::vector<Tensor>> inputs;
  for (const ValueId id : node.inputs) {
    const AtBatches<Tensor> both = constants(id);
    inputs[0].push_back(both[0]);
    inputs[1].push_back(both[1]);
  }
  AtBatches<std::vector<Tensor>> outputs;
  outputs.fill(evaluate(node.op, inputs[0]));
  if (std::ranges::any_of(node.inputs, [&](ValueId id) { return depends_on_batch(id); })) {
    outputs[1] = evaluate(node.op, inputs[1]);
  }
  std::vector<ValueId> ids;
  for (std::size_t i = 0; i < outputs[0].size(); ++i) {
    ids.push_back(add_constant(output_name(node, names, i), {outputs[0][i], outputs[1][i]}));
  }
  return ids;
}

Graph GraphBuilder::finish(std::vector<ValueId> outputs) && {
  for (const ValueId id : outputs) {
    if (!depends_on_batch(id)) continue;
    fail("output '{}' is a constant that depends on the batch; fix the batch with --shape",
         name(id));
  }
  graph_.outputs = std::move(outputs);
  sweep(graph_);
  verify(graph_);
  return std::move(graph_);
}

}  // namespace vernier
