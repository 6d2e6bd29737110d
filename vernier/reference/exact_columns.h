#pragma once

#include <span>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// What a Conv or Gemm multiplies its weights with at some places of its spatial plane: the
/// integers of its operand `x` less the zero point, [N, channels * taps, places]; 0 where a tap
/// meets padding.
Tensor exact_columns(const IntegerGraph& graph, const IntegerNode& layer, const Tensor& x,
                     std::span<const std::int64_t> places);

}  // namespace vernier
