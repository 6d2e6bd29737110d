#pragma once

#include <cstdint>
#include <filesystem>

#include "vernier/ir/quant_graph.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// Where a clamp stands that is narrower than the integers behind it.
enum class ClampPlace : std::uint8_t {
  before_quantizer,  ///< as the float network has it
  behind_quantizer,  ///< between two quantizers of the same parameters, which means the same: ONNX
                     ///< Runtime then keeps the layer before it in integers
};

struct QdqOptions {
  ClampPlace clamp = ClampPlace::behind_quantizer;
  bool integer_biases = true;  ///< else floats of the same value
  /// Signed activations are written with 128 added, the same numbers: ONNX Runtime computes a layer
  /// in float whose operand and result differ in sign.
  bool unsigned_activations = true;
};

/// The quantized network as a float graph with QuantizeLinear and DequantizeLinear. Weights and
/// constants are integers, biases i32 at scale_x * scale_w, each read through a DequantizeLinear; a
/// value with a format goes through a pair of them. Clamps that the quantizer behind them does
/// anyway are left out. Results of the network keep their names; the pair of a value NAME gives
/// NAME.quantized and NAME.dequantized.
///
/// Literally it means what the integer graph means, up to the roundings of float sums. A narrow
/// range (-127..127) is not kept: -128 may come out.
Graph qdq_graph(const QuantGraph& model, const IntegerGraph& integers, const QdqOptions& options);

}  // namespace vernier
