#include "vernier/compute/fuse_sums.h"

#include <algorithm>
#include <utility>

namespace vernier {
namespace {

bool is_fusable(const Graph& graph, std::optional<NodeId> producer, ValueId result) {
  if (!producer || !used_once(graph, result)) return false;
  const Node& node = graph[*producer];
  const auto* conv = std::get_if<Conv>(&node.op);
  return conv != nullptr && node.inputs.size() == 3 && conv->activation == Activation{};
}

bool is_plain_sum(const Graph& graph, const Node& node) {
  if (!std::holds_alternative<Add>(node.op)) return false;
  return std::ranges::all_of(node.inputs, [&](ValueId input) {
    return !graph[input].constant && graph[input].shape == graph[node.outputs[0]].shape;
  });
}

}  // namespace

void fuse_sums(Graph& graph, std::span<const ValueId> needed) {
  std::vector<bool> erased(graph.nodes.size(), false);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node& add = graph.nodes[i];
    if (!is_plain_sum(graph, add)) continue;
    const auto producer = producers(graph);
    for (const std::size_t operand : {1, 0}) {
      const ValueId result = add.inputs[operand];
      const std::optional<NodeId> id = producer[index(result)];
      if (!is_fusable(graph, id, result) || std::ranges::count(needed, result) > 0) continue;
      Node sum = std::exchange(graph[*id], Node{});
      sum.inputs.push_back(add.inputs[1 - operand]);
      sum.outputs = add.outputs;
      std::get<Conv>(sum.op).activation = std::get<Add>(add.op).activation;
      add = std::move(sum);
      erased[index(*id)] = true;
      break;
    }
  }
  erase_nodes(graph, erased);
}

}  // namespace vernier
