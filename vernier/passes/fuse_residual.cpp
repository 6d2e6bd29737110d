// The sum of a residual is formed in the accumulators of the convolution before it, so that only
// the other operand of the addition is ever rounded to its integers (graph 2 of MQBench, Li et al.,
// NeurIPS 2021, figure 2):
//
//   z = activation(conv(x) + addend)      the convolution takes the place of the addition, where
//                                         the addend has been computed
//
// If both operands are convolutions the later one is taken. Left alone: a convolution that clamps
// its own result or whose result somebody else reads, sums that broadcast, constant addends.

#include <array>
#include <optional>
#include <utility>

#include "vernier/passes/layer.h"
#include "vernier/passes/pass.h"
#include "vernier/passes/rewrite.h"

namespace vernier {
namespace {

// The convolution that computes this operand of the sum, if the sum can move into it.
std::optional<NodeId> fusable(const Graph& graph, const Node& add, std::size_t operand) {
  const Value& addend = graph[add.inputs[1 - operand]];
  if (addend.constant || addend.shape != graph[add.outputs[0]].shape) return std::nullopt;
  if (graph[add.inputs[operand]].shape != addend.shape) return std::nullopt;
  const auto id = producer(graph, add.inputs[operand]);
  if (!id || !used_once(graph, add.inputs[operand])) return std::nullopt;
  const auto* conv = std::get_if<Conv>(&graph[*id].op);
  const bool sums_only = conv != nullptr && conv->activation == Activation{};
  return sums_only && is_layer(graph, graph[*id]) && graph[*id].inputs.size() == 3 ? id
                                                                                   : std::nullopt;
}

bool fuse_sum(Graph& graph, NodeId id) {
  const auto* op = std::get_if<Add>(&graph[id].op);
  if (op == nullptr) return false;
  const auto left = fusable(graph, graph[id], 0);
  const auto right = fusable(graph, graph[id], 1);
  if (!left && !right) return false;
  // An empty optional is less than any node.
  const std::size_t operand = left > right ? 0 : 1;

  Node sum = std::move(graph[operand == 0 ? *left : *right]);
  sum.inputs.push_back(graph[id].inputs[1 - operand]);
  std::get<Conv>(sum.op).activation = op->activation;
  graph[operand == 0 ? *left : *right] = {.name = sum.name};
  sum.outputs = graph[id].outputs;
  graph[id] = std::move(sum);
  return true;
}

}  // namespace

void fuse_residual(QuantGraph& model, const Profile& profile) {
  if (profile.placement != Placement::fused_add) return;
  rewrite(model, std::array<Rule, 1>{fuse_sum});
}

}  // namespace vernier
