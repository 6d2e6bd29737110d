#pragma once

#include "vernier/ir/quant_graph.h"

namespace vernier {

/// Widens the weight scale of channels whose bias would leave 30 bits at scale_x * scale_w: a
/// channel whose weights are almost zero (dead behind batch normalization) has a tiny scale, and
/// its output is its bias. Scales that are powers of two stay so.
void fit_biases(QuantGraph& model);

}  // namespace vernier
