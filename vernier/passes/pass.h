#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/hardware/profile.h"
#include "vernier/ir/quant_graph.h"

namespace vernier {

/// A step from the imported float graph to a graph with quantization points: one function.
struct Pass {
  std::string_view name;
  std::string_view help;
  void (*run)(QuantGraph& model, const Profile& profile);
};

/// In the order in which they run; a pass may rely on every pass above it.
std::span<const Pass> passes();

/// Runs every pass that is not skipped, verifies after each, and names the pass in an Error. The
/// points have no parameters yet.
QuantGraph prepare(Graph graph, const Profile& profile, std::span<const std::string> skipped = {});

/// The float graph on which statistics are collected: simplified, batch normalization folded,
/// activations fused. Every value that the profile quantizes has its name here. It is the same for
/// all profiles but those that quantize a layer's result before its batch normalization or
/// activation: these keep the two apart here as well.
Graph canonical(Graph graph, const Profile& profile = {});

// The passes. Only pass.cpp and the tests call them by name.
void simplify(QuantGraph& model, const Profile& profile);
void fold_batch_norm(QuantGraph& model, const Profile& profile);
void fuse_activation(QuantGraph& model, const Profile& profile);
void fuse_residual(QuantGraph& model, const Profile& profile);
void place_quantizers(QuantGraph& model, const Profile& profile);
void tie_scales(QuantGraph& model, const Profile& profile);

}  // namespace vernier
