#pragma once

#include "vernier/ir/graph.h"

namespace vernier {

/// A graph of qdq_graph() with operators on integers in place of DequantizeLinear, operator,
/// QuantizeLinear: ONNX's QLinearConv, and ONNX Runtime's QGemm, QLinearAdd, QLinearMul,
/// QLinearGlobalAveragePool, QLinearAveragePool, QLinearConcat, QLinearSigmoid and
/// QLinearLeakyRelu, as Foreign nodes. What has no such operator stays between its quantizers.
Graph qlinear_graph(Graph qdq);

}  // namespace vernier
