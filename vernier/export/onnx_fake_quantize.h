#pragma once

#include "vernier/ir/graph.h"

namespace vernier {

/// A graph of qdq_graph() with OpenVINO's FakeQuantize in place of QuantizeLinear and
/// DequantizeLinear, as Foreign nodes; weights are floats in front of one, biases floats. Integers
/// of more than 8 bits are an Error.
Graph fake_quantize_graph(Graph qdq);

}  // namespace vernier
