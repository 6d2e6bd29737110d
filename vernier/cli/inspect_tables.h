#pragma once

#include <string>

#include "vernier/ir/quant_graph.h"

namespace vernier {

/// One line a node: name, operator, output shape, parameters, million multiply-accumulates; and the
/// totals.
std::string node_table(const Graph& graph);

/// One line a quantization point: value, integers, scale (smallest and largest of the channels),
/// zero point, real range.
std::string point_table(const QuantGraph& model);

}  // namespace vernier
