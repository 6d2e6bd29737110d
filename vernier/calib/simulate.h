#pragma once

#include <vector>

#include "vernier/compute/session.h"
#include "vernier/ir/quant_graph.h"

namespace vernier {

/// The reading `simulated`: the float graph with weights and biases on their integer grids, and the
/// activations that have to be fake-quantized while it runs.
struct Simulation {
  Graph graph;
  std::vector<ValueId> tapped;
  Tap tap;  ///< refers to the model that it was made from
};

/// The points must have parameters. `model` must outlive the result.
Simulation simulate(const QuantGraph& model);

}  // namespace vernier
