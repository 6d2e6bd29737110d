// Folds an inference-mode batch normalization into the layer that feeds it:
//
//   y = gamma * (layer(x) - mean) / sqrt(variance + epsilon) + beta
//     = k * layer(x) + (beta - mean * k)      with  k = gamma / sqrt(variance + epsilon)
//
// Reference: Jacob et al., CVPR 2018, section 3.2. In double, rounded once.
// Left alone: a layer whose result, weight or bias somebody else reads too (simplify gives each
// layer its own constants), one with a clamp or an addend, and a factor that is not finite.

#include <array>
#include <cmath>
#include <span>
#include <utility>
#include <vector>

#include "vernier/passes/layer.h"
#include "vernier/passes/pass.h"
#include "vernier/passes/rewrite.h"

namespace vernier {
namespace {

bool all_constant(const Graph& graph, std::span<const ValueId> ids) {
  for (const ValueId id : ids) {
    if (!graph[id].constant) return false;
  }
  return true;
}

bool fold_into_layer(Graph& graph, NodeId id) {
  const Node& norm = graph[id];
  const auto* op = std::get_if<BatchNormalization>(&norm.op);
  if (op == nullptr || !all_constant(graph, std::span(norm.inputs).subspan(1))) return false;
  const auto before = producer(graph, norm.inputs[0]);
  if (!before || !is_scalable(graph, graph[*before])) return false;

  const auto gamma = constant(graph, norm.inputs[1]).view<float>();
  const auto beta = constant(graph, norm.inputs[2]).view<float>();
  const auto mean = constant(graph, norm.inputs[3]).view<float>();
  const auto variance = constant(graph, norm.inputs[4]).view<float>();
  std::vector<double> scale;
  std::vector<double> shift;
  for (std::size_t channel = 0; channel < gamma.size(); ++channel) {
    const double deviation = std::sqrt(static_cast<double>(variance[channel]) + op->epsilon);
    scale.push_back(gamma[channel] / deviation);
    shift.push_back(beta[channel] - mean[channel] * scale.back());
    if (!std::isfinite(scale.back())) return false;
  }
  Node& layer = graph[*before];
  scale_channels(graph, layer, scale, shift);
  layer.outputs = std::exchange(graph[id].outputs, {});
  return true;
}

}  // namespace

void fold_batch_norm(QuantGraph& model, const Profile& profile) {
  if (profile.fold_batch_norm) rewrite(model, std::array<Rule, 1>{fold_into_layer});
}

}  // namespace vernier
