#pragma once

#include <filesystem>

#include "vernier/ir/graph.h"

namespace vernier {

struct OnnxOptions {
  /// Up to 21; a higher one where an operator or a type needs it. Since 21 integers that fit 4 bits
  /// are stored as such, where a DequantizeLinear reads them.
  int least_opset = 13;
};

/// Writes a float graph as ONNX, opset 13, or a higher one where an operator or a type needs it.
/// Fused activations and addends become nodes of their own, a Quantize node an Identity. A graph
/// that takes any batch has the symbolic axis `N`. What opset 21 cannot express is an Error that
/// names the node.
void export_onnx(const Graph& graph, const OnnxOptions& options, const std::filesystem::path& path);
inline void export_onnx(const Graph& graph, const std::filesystem::path& path) {
  export_onnx(graph, {}, path);
}

}  // namespace vernier
