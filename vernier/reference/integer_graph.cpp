// From a quantized graph to integers: every number that `exact` and the engine compute with is
// decided here and in lower_*.cpp.

#include "vernier/reference/integer_graph.h"

#include <algorithm>

#include "vernier/base/parallel.h"
#include "vernier/quant/affine.h"
#include "vernier/reference/lowering.h"

namespace vernier {
namespace {

const QuantPoint& leader_of(const QuantGraph& model, const QuantPoint& point) {
  return model.points.at(point.leader);
}

// Values whose integers the nodes exchange: those with one parameter a tensor. Weights with one a
// channel are integers inside their layer only.
std::vector<std::optional<IntegerFormat>> value_formats(const QuantGraph& model) {
  std::vector<std::optional<IntegerFormat>> formats(model.graph.values.size());
  for (const auto& [id, point] : model.points) {
    const QuantPoint& leader = leader_of(model, point);
    if (leader.params.empty()) {
      fail("the point of '{}' has no parameters; calibrate first", model.graph[id].name);
    }
    if (leader.params.size() > 1) continue;
    IntegerFormat format{
        .params = leader.params[0], .range = leader.spec.range, .rounding = leader.spec.rounding};
    if (model.arithmetic.sums == Sums::float_bias)
      format.from_float = make_affine_rounding(step_interval(format));
    formats.at(index(id)) = format;
  }
  return formats;
}

IntegerOp lower_node(const LoweringScope& scope, const Node& node) {
  if (is_one_of<Conv, ConvTranspose, Gemm>(node.op)) return lower_linear(scope, node);
  if (is_one_of<Add, Mul>(node.op)) return lower_binary(scope, node);
  if (is_one_of<AveragePool, GlobalAveragePool, ReduceMean>(node.op)) {
    return lower_average(scope, node);
  }
  if (is_one_of<Relu, Sigmoid, HardSwish, Tanh, Exp, Log, Sqrt, Abs, Neg, Floor, Ceil, Erf,
                Identity, LeakyRelu, Clip, HardSigmoid, Quantize>(node.op)) {
    return lower_table(scope, node);
  }
  if (is_one_of<MaxPool, GlobalMaxPool, Concat, Split, Slice, Pad, Reshape, Flatten, Squeeze,
                Unsqueeze, Transpose, Gather, Expand, DepthToSpace, Resize>(node.op)) {
    return lower_move(scope, node);
  }
  return FloatNode{node.op, fmt::format("{} has no integer form", type_name(node.op))};
}

// A layer holds its own weight and bias.
std::vector<ValueId> activations_of(const LoweringScope& scope, const Node& node,
                                    const IntegerOp& op) {
  const auto* binary = std::get_if<IntegerBinary>(&op);
  if (binary != nullptr && binary->fused) return addition_operands(scope, node);
  if (!std::holds_alternative<IntegerLinear>(op)) return node.inputs;
  std::vector<ValueId> inputs = {node.inputs[0]};
  if (node.inputs.size() == 4) inputs.push_back(node.inputs[3]);
  return inputs;
}

// A float node sees the integers of a constant as the floats that they stand for.
void fake_quantize_constants(const QuantGraph& model, const Node& node, Graph& graph) {
  for (const ValueId id : node.inputs) {
    const QuantPoint* point = find_point_if_any(model, id);
    if (point == nullptr || !graph[id].constant) continue;
    const QuantPoint& leader = leader_of(model, *point);
    fake_quantize_channels(graph[id].constant->edit<float>(), leader.params, leader.spec);
  }
}

// A move whose operand has other parameters than its result reads a table's output instead.
ValueId converted(IntegerGraph& lowered, ValueId from, ValueId to) {
  const IntegerFormat source = *lowered.formats[index(from)];
  const IntegerFormat target = *lowered.formats[index(to)];
  Value value = lowered.graph[from];
  value.name = fmt::format("{} as {}", value.name, lowered.graph[to].name);
  value.constant.reset();
  while (find_value_if_any(lowered.graph, value.name)) value.name += "'";
  const ValueId id = add_value(lowered.graph, value);
  lowered.formats.emplace_back(target);
  lowered.nodes.push_back({value.name, tabulate(Identity{}, source, target), {from}, {id}});
  return id;
}

void convert_operands(IntegerGraph& lowered, IntegerNode& node) {
  const ValueId result = node.outputs[0];
  for (ValueId& input : node.inputs) {
    const auto& format = lowered.formats[index(input)];
    if (format && *format != *lowered.formats[index(result)]) {
      input = converted(lowered, input, result);
    }
  }
}

}  // namespace

IntegerGraph lower(const QuantGraph& model) {
  verify(model);
  IntegerGraph lowered{.graph = model.graph,
                       .formats = value_formats(model),
                       .requantization = model.arithmetic.requantization};
  const auto count = std::ssize(model.graph.nodes);
  std::vector<IntegerOp> ops(model.graph.nodes.size());
  parallel_for(count, [&](std::int64_t i, int) {
    const auto place = static_cast<std::size_t>(i);
    ops[place] = lower_node({model, lowered.formats}, model.graph.nodes[place]);
  });
  for (std::size_t i = 0; i < ops.size(); ++i) {
    const Node& node = model.graph.nodes[i];
    IntegerOp& op = ops[i];
    const LoweringScope scope{model, lowered.formats};
    IntegerNode result{node.name, {}, activations_of(scope, node, op), node.outputs};
    if (std::holds_alternative<IntegerMove>(op)) convert_operands(lowered, result);
    if (std::holds_alternative<FloatNode>(op)) fake_quantize_constants(model, node, lowered.graph);
    result.op = std::move(op);
    lowered.nodes.push_back(std::move(result));
  }
  return lowered;
}

void lower_again(IntegerGraph& lowered, const QuantGraph& model, const Node& layer) {
  const auto same = std::ranges::find(lowered.nodes, layer.outputs, &IntegerNode::outputs);
  VERNIER_CHECK(same != lowered.nodes.end());
  same->op = lower_linear({model, lowered.formats}, layer);
}

std::vector<FloatIsland> float_islands(const IntegerGraph& graph) {
  std::vector<FloatIsland> islands;
  for (const IntegerNode& node : graph.nodes) {
    const auto* island = std::get_if<FloatNode>(&node.op);
    if (island == nullptr ||
        is_one_of<Quantize, Identity, Reshape, Flatten, Squeeze, Unsqueeze>(island->op)) {
      continue;
    }
    islands.push_back({node.name, type_name(island->op), island->reason});
  }
  return islands;
}

}  // namespace vernier
