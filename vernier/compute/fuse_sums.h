#pragma once

// Private to compute/.

#include <span>

#include "vernier/ir/graph.h"

namespace vernier {

/// Lets convolutions add what an Add would add to their result, and clamp as it would: one pass
/// over memory less. Left alone where somebody else reads the result, or where it is among the
/// values that are `needed`. Ids do not change.
void fuse_sums(Graph& graph, std::span<const ValueId> needed);

}  // namespace vernier
