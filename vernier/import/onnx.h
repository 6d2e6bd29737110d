#pragma once

#include <filesystem>

#include "vernier/import/import.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// The ONNX reader behind `import_model`.
Graph import_onnx(const std::filesystem::path& path, const ImportOptions& options);

}  // namespace vernier
