// A ReLU or clip behind an operator that can clamp its own result becomes that clamp: the integers
// of the operator are clamped for free, and the range that its point covers is the useful one.
//
//   clip(clip(x, a, b), c, d) = clip(x, clip(a, c, d), clip(b, c, d))
//
// Left alone: a result that somebody else reads unclamped, and a clip whose limits are no interval.

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "vernier/passes/layer.h"
#include "vernier/passes/pass.h"
#include "vernier/passes/rewrite.h"

namespace vernier {
namespace {

std::optional<Activation> clamp_of(const Op& op) {
  if (std::holds_alternative<Relu>(op)) return Activation{.lo = 0.0F};
  const auto* clip = std::get_if<Clip>(&op);
  if (clip == nullptr || !(clip->min <= clip->max)) return std::nullopt;
  return Activation{clip->min, clip->max};
}

bool fuse_clamp(Graph& graph, NodeId id) {
  const auto clamp = clamp_of(graph[id].op);
  if (!clamp) return false;
  const ValueId x = graph[id].inputs[0];
  const auto before = producer(graph, x);
  if (!before || !used_once(graph, x)) return false;
  Activation* activation = activation_of(graph[*before].op);
  if (activation == nullptr) return false;
  *activation = {std::clamp(activation->lo, clamp->lo, clamp->hi),
                 std::clamp(activation->hi, clamp->lo, clamp->hi)};
  graph[*before].outputs = std::exchange(graph[id].outputs, {});
  return true;
}

}  // namespace

void fuse_activation(QuantGraph& model, const Profile& profile) {
  if (profile.fuse_activation) rewrite(model, std::array<Rule, 1>{fuse_clamp});
}

}  // namespace vernier
