#pragma once

#include <cstdint>

#include "vernier/ir/graph.h"

namespace vernier {

/// Multiply-accumulates of a layer: every element of y sums over one filter, elements of padding
/// counted too. 0 for an operator that is no layer.
std::int64_t mac_count(const Op& op, const Shape& x, const Shape& weight, const Shape& y);

/// The same of a node.
std::int64_t mac_count(const Graph& graph, const Node& node);

}  // namespace vernier
