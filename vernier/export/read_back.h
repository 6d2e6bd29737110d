#pragma once

#include <filesystem>

#include "vernier/export/onnx.h"

namespace vernier {

/// export_onnx(), and then the file is read back by our own reader and run on one input beside the
/// graph that was written: a file that does not mean the same is deleted and an Error.
void write_checked(const Graph& graph, const OnnxOptions& options,
                   const std::filesystem::path& path);
/// The same for a graph with operators that only the reader takes apart: `meaning` says what it
/// computes.
void write_checked(const Graph& graph, const Graph& meaning, const std::filesystem::path& path);

}  // namespace vernier
