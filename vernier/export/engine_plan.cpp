#include "vernier/export/engine_plan.h"

#include <algorithm>

#include "vernier/export/plan_builder.h"
#include "vernier/ir/macs.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

// Every value gets the widest border that a convolution reads around it.
std::vector<Border> borders_of(const IntegerGraph& network) {
  std::vector<Border> borders(network.graph.values.size());
  for (const IntegerNode& node : network.nodes) {
    const auto* linear = std::get_if<IntegerLinear>(&node.op);
    if (linear == nullptr || !std::holds_alternative<Conv>(linear->op)) continue;
    const Window window = spatial_window(linear->op, network.graph[node.inputs[0]].shape,
                                         network.graph[node.outputs[0]].shape,
                                         std::span(linear->weight.shape()).subspan(2));
    Border& border = borders[index(node.inputs[0])];
    border = larger(border, border_of(window));
  }
  return borders;
}

// The floats that the caller gives; integers follow at once where the value has a format.
void compile_inputs(PlanBuilder& builder) {
  for (const ValueId id : builder.network.graph.inputs) {
    builder.node = builder.value(id).name;
    Buffer& buffer = builder.plan.buffers[index(new_floats(builder, id))];
    buffer.place = Place::input;
    buffer.offset = static_cast<std::int64_t>(builder.plan.inputs.size());
    builder.plan.inputs.push_back({buffer.name, *builder.floats[index(id)]});
    finish_floats(builder, id);
  }
}

// The floats of an output are computed where the caller wants them, if they are computed once and
// have no other place already; else they are copied there.
void compile_outputs(PlanBuilder& builder) {
  for (const ValueId id : builder.network.graph.outputs) {
    const Value& value = builder.value(id);
    builder.node = value.name;
    BufferId floats = floats_of(builder, id);
    if (builder.buffer(floats).place != Place::arena) {
      const BufferId copy = new_float_buffer(builder, value.name, value.shape);
      add_moves(builder, Identity{}, std::span(&floats, 1), std::span(&copy, 1));
      floats = copy;
    }
    Buffer& buffer = builder.plan.buffers[index(floats)];
    buffer.place = Place::output;
    buffer.offset = static_cast<std::int64_t>(builder.plan.outputs.size());
    builder.plan.outputs.push_back({value.name, floats});
  }
}

std::int64_t macs_of(const Graph& graph, const IntegerNode& node) {
  const Shape& y = graph[node.outputs[0]].shape;
  if (const auto* linear = std::get_if<IntegerLinear>(&node.op))
    return mac_count(linear->op, graph[node.inputs[0]].shape, linear->weight.shape(), y);
  const auto* real = std::get_if<FloatNode>(&node.op);
  return real == nullptr
             ? 0
             : mac_count(graph, {.op = real->op, .inputs = node.inputs, .outputs = node.outputs});
}

// The step of a node that works: others only convert or move elements for it.
bool works(const Step& step) {
  return !std::holds_alternative<QuantizeStep>(step.op) &&
         !std::holds_alternative<DequantizeStep>(step.op) &&
         !std::holds_alternative<Rearrange>(step.op) &&
         !std::holds_alternative<FillBorder>(step.op);
}

void compile_node(PlanBuilder& builder, const IntegerNode& node) {
  Plan& plan = builder.plan;
  const std::size_t first = plan.steps.size();
  const std::size_t constants = plan.constants.size();
  builder.node = node.name;
  std::visit([&](const auto& op) { compile(builder, node, op); }, node.op);
  const auto steps = std::span(plan.steps).subspan(first);
  const auto working = std::ranges::find_if(steps, works);
  if (working == steps.end()) return;
  working->macs = macs_of(builder.network.graph, node);
  working->constant_bytes = static_cast<std::int64_t>(plan.constants.size() - constants);
}

}  // namespace

Border border_of(const Window& window) {
  const auto behind = [&](std::size_t axis) {
    const std::int64_t last = (window.coarse[axis] - 1) * window.strides[axis] +
                              (window.kernel[axis] - 1) * window.dilations[axis] -
                              window.pads[axis];
    return std::max<std::int64_t>(last - (window.fine[axis] - 1), 0);
  };
  return {.top = std::max<std::int64_t>(window.pads[1], 0),
          .left = std::max<std::int64_t>(window.pads[2], 0),
          .bottom = behind(1),
          .right = behind(2)};
}

Border larger(const Border& a, const Border& b) {
  return {.top = std::max(a.top, b.top),
          .left = std::max(a.left, b.left),
          .bottom = std::max(a.bottom, b.bottom),
          .right = std::max(a.right, b.right)};
}

PlanBuilder plan_builder(const IntegerGraph& network) {
  const std::size_t count = network.graph.values.size();
  return {.network = network,
          .plan = {},
          .borders = borders_of(network),
          .integers = std::vector<std::optional<BufferId>>(count),
          .floats = std::vector<std::optional<BufferId>>(count),
          .node = {}};
}

Plan compile_plan(const IntegerGraph& network) {
  PlanBuilder builder = plan_builder(network);
  builder.plan.any_batch = network.graph.any_batch;
  compile_inputs(builder);
  for (const IntegerNode& node : network.nodes) compile_node(builder, node);
  compile_outputs(builder);
  place_buffers(builder.plan);
  verify(builder.plan);
  return std::move(builder.plan);
}

}  // namespace vernier
