#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "vernier/base/tensor.h"
#include "vernier/ir/graph.h"

namespace vernier {

struct ImportOptions {
  /// Shapes of inputs by name (`--shape name=1,3,224,224`). They replace what the file says; a
  /// first size of -1 leaves the batch open.
  std::map<std::string, Shape> shapes;
};

/// A model file as a verified graph in the normal form of ir/op.h. The ending of the path says the
/// format: `.onnx` (opsets 7 to 21) or `.txt` (ir/text.h). Shape arithmetic is folded. An input
/// whose first axis is symbolic makes a graph that takes any batch. An operator that is not
/// understood becomes `Foreign`. Every Error begins with the path.
Graph import_model(const std::filesystem::path& path, const ImportOptions& options = {});

}  // namespace vernier
