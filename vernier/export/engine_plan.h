#pragma once

#include "vernier/engine/plan.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// The target that is our own engine: layouts, packed weights, memory. The plan computes what
/// `run_exact` computes, in every bit. A network that computes on anything but floats (integer
/// tensors that are not constants, an operator that is not understood) is an Error that names the
/// node.
Plan compile_plan(const IntegerGraph& network);

}  // namespace vernier
