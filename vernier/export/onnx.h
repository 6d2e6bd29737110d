#pragma once

#include <filesystem>

#include "vernier/ir/graph.h"

namespace vernier {

/// Writes a float graph as ONNX, opset 13, or 14 where an operator needs it. Fused activations and
/// addends become nodes of their own, a Quantize node an Identity. A graph that takes any batch has
/// the symbolic axis `N`. What opset 14 cannot express is an Error that names the node.
void export_onnx(const Graph& graph, const std::filesystem::path& path);

}  // namespace vernier
