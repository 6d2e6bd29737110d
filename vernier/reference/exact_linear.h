#pragma once

#include <span>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// Private to reference/: the sums of a layer, biases included. x is i32 and free of its zero
/// point; `shape` is that of the result.
Tensor linear_sums(const IntegerLinear& linear, const Tensor& x, const Shape& shape);

}  // namespace vernier
