#include "vernier/passes/pass.h"

#include <algorithm>
#include <array>
#include <utility>

#include "vernier/base/table.h"

namespace vernier {
namespace {

// Order matters: a pass may rely on every pass above it.
constexpr std::array table = {
    Pass{"simplify", "drop what does nothing, fold constants, one form for each layer", simplify},
    Pass{"fold_batch_norm", "multiply batch normalization into the layer before it",
         fold_batch_norm},
    Pass{"fuse_activation", "a ReLU or clip becomes a clamp of the operator before it",
         fuse_activation},
    Pass{"fuse_residual", "form the sum of a residual inside the convolution before it",
         fuse_residual},
    Pass{"place_quantizers", "a quantization point wherever the target has integers",
         place_quantizers},
    Pass{"tie_scales", "points whose integers are moved or joined share their parameters",
         tie_scales},
};

void run(const Pass& pass, QuantGraph& model, const Profile& profile) {
  try {
    pass.run(model, profile);
    verify(model);
  } catch (const Error& error) {
    fail("pass '{}': {}", pass.name, error.what());
  }
}

}  // namespace

std::span<const Pass> passes() { return table; }

QuantGraph prepare(Graph graph, const Profile& profile, std::span<const std::string> skipped) {
  for (const std::string& name : skipped) find(passes(), name, "pass");
  QuantGraph model{.graph = std::move(graph)};
  verify(model);
  for (const Pass& pass : table) {
    if (std::ranges::find(skipped, pass.name) == skipped.end()) run(pass, model, profile);
  }
  return model;
}

Graph canonical(Graph graph, const Profile& profile) {
  const bool apart = profile.placement != Placement::layer_inputs;
  Profile joining;  // whose defaults fold and fuse all that can be
  joining.fold_batch_norm = !apart || profile.fold_batch_norm;
  joining.fuse_activation = !apart || profile.fuse_activation;
  QuantGraph model{.graph = std::move(graph)};
  for (const Pass& pass : passes().first(3)) run(pass, model, joining);
  return std::move(model.graph);
}

}  // namespace vernier
