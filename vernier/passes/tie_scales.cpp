// Integers that are moved, selected or joined keep their parameters, so the points of such an
// operator's operands and results must share theirs: a union-find whose parent pointers are the
// leaders. A result adds nothing to the statistics of its tie. If specs differ within a tie (the
// last layer has more bits), all take the widest.
//
// Left alone: operators of which an operand has no point; they run in float.

#include <algorithm>
#include <iterator>
#include <vector>

#include "vernier/passes/layer.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

ValueId leader_of(const QuantGraph& model, ValueId id) {
  while (model.points.at(id).leader != id) id = model.points.at(id).leader;
  return id;
}

void tie(QuantGraph& model, ValueId id, ValueId leader) {
  model.points.at(leader_of(model, id)).leader = leader_of(model, leader);
}

void tie_node(QuantGraph& model, const Node& node) {
  const auto is_float = [&](ValueId id) { return model.graph[id].dtype == DType::f32; };
  const auto has_point = [&](ValueId id) { return model.points.contains(id); };
  std::vector<ValueId> operands;
  std::ranges::copy_if(node.inputs, std::back_inserter(operands), is_float);
  if (operands.empty() || !std::ranges::all_of(operands, has_point) ||
      std::ranges::none_of(node.outputs, has_point)) {
    return;
  }
  for (const ValueId id : operands) tie(model, id, operands[0]);
  for (const ValueId id : node.outputs) {
    if (!has_point(id)) continue;
    tie(model, id, operands[0]);
    model.points.at(id).observed = false;
  }
}

void share_widest_spec(QuantGraph& model) {
  for (auto& [id, point] : model.points) {
    point.leader = leader_of(model, id);
    QuantSpec& spec = model.points.at(point.leader).spec;
    if (point.spec.range.steps() > spec.range.steps()) spec = point.spec;
  }
  for (auto& [id, point] : model.points) point.spec = model.points.at(point.leader).spec;
}

}  // namespace

void tie_scales(QuantGraph& model, const Profile& /*profile*/) {
  for (auto& [id, point] : model.points) {
    point.leader = id;
    point.observed = true;
  }
  for (const Node& node : model.graph.nodes) {
    if (moves_only(node.op)) tie_node(model, node);
  }
  share_widest_spec(model);
}

}  // namespace vernier
