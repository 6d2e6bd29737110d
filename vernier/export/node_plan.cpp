#include "vernier/export/node_plan.h"

#include <algorithm>

#include "vernier/export/plan_builder.h"

namespace vernier {
namespace {

BufferId new_kept(PlanBuilder& builder, ValueId id) {
  return builder.format(id) ? new_integers(builder, id) : new_floats(builder, id);
}

BufferId kept(const PlanBuilder& builder, ValueId id) {
  const auto& integers = builder.integers[index(id)];
  return integers ? *integers : builder.floats[index(id)].value();
}

/// A builder at which the operands have already been computed.
struct NodeBuilder {
  PlanBuilder builder;
  NodePlan result;

  NodeBuilder(const IntegerGraph& network, const IntegerNode& node)
      : builder(plan_builder(network)) {
    builder.node = node.name;
    for (const ValueId id : node.inputs) {
      auto& input = result.inputs.emplace_back();
      if (builder.value(id).constant) continue;
      const bool again = builder.integers[index(id)] || builder.floats[index(id)];
      input = again ? kept(builder, id) : new_kept(builder, id);
    }
    builder.plan.steps.clear();  // the borders have been filled
  }

  /// Where nothing is to be computed, the floats of an operand are those of the result.
  void add_output(ValueId id) {
    BufferId buffer = kept(builder, id);
    if (std::ranges::find(result.inputs, buffer) != result.inputs.end()) {
      const BufferId copy =
          new_float_buffer(builder, builder.value(id).name, builder.value(id).shape);
      add_moves(builder, Identity{}, std::span(&buffer, 1), std::span(&copy, 1));
      buffer = copy;
    }
    result.outputs.push_back(buffer);
  }

  NodePlan finish() {
    place_buffers(builder.plan);
    verify(builder.plan);
    result.plan = std::make_shared<const Plan>(std::move(builder.plan));
    return std::move(result);
  }
};

}  // namespace

NodePlan compile_node(const IntegerGraph& network, const IntegerNode& node) {
  NodeBuilder part(network, node);
  std::visit([&](const auto& op) { compile(part.builder, node, op); }, node.op);
  for (const ValueId id : node.outputs) part.add_output(id);
  return part.finish();
}

NodePlan compile_input(const IntegerGraph& network, ValueId input) {
  NodeBuilder part(network,
                   {.name = network.graph[input].name, .op = {}, .inputs = {}, .outputs = {}});
  part.result.inputs = {new_floats(part.builder, input)};
  finish_floats(part.builder, input);
  part.add_output(input);
  return part.finish();
}

NodePlan compile_sums(const IntegerGraph& network, const IntegerNode& layer,
                      std::vector<float> scales) {
  IntegerLinear bare = std::get<IntegerLinear>(layer.op);
  bare.bias.assign(bare.bias.size(), 0);
  bare.requantizers.clear();
  bare.double_ratios.clear();
  bare.float_biases.clear();
  bare.finish.reset();
  bare.output_scales = std::move(scales);
  bare.activation = {};
  IntegerNode node{
      .name = layer.name, .op = {}, .inputs = {layer.inputs[0]}, .outputs = layer.outputs};
  NodeBuilder part(network, node);
  const BufferId sums = new_sums(part.builder, layer.outputs[0]);
  add_layer(part.builder, node, bare, sums);
  part.result.outputs = {sums};
  return part.finish();
}

std::vector<Buffer> kept_buffers(const IntegerGraph& network) {
  PlanBuilder builder = plan_builder(network);
  std::vector<Buffer> buffers(network.graph.values.size());
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (!builder.value(id).constant) buffers[i] = builder.buffer(new_kept(builder, id));
  }
  return buffers;
}

}  // namespace vernier
