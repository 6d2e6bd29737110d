#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "vernier/ir/quant_graph.h"

namespace vernier {

/// layers.bin: the weights, biases and statistics of batch normalization that methods have changed,
/// node by node, so that a run folder and the original model make the same network again, to the
/// last bit. Weights that stand on a grid of 8 bits are kept as its steps, others as floats.
/// Versioned and checksummed.
std::vector<std::byte> layer_constants(const Graph& before, const QuantGraph& after);

/// Puts them into the graph that they were taken from. A damaged file, or a layer that is not there
/// or has another shape, is an Error that begins with `what`.
void apply_layer_constants(Graph& graph, std::span<const std::byte> file, const std::string& what);

}  // namespace vernier
