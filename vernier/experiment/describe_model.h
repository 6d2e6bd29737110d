#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// Of all float constants.
std::int64_t float_bytes(const Graph& graph);
/// Weights of 4 bits, or else of 8 or 16, biases of 32 bits, and one scale a channel.
std::int64_t weight_bytes(const IntegerGraph& graph);

/// Lines for the log: how large the network is, and what of it stays in float and why.
std::vector<std::string> describe_model(const Graph& graph, const IntegerGraph& integers);

}  // namespace vernier
