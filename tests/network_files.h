#pragma once

// For tests: the networks of VERNIER_DATA.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

namespace vernier {

/// The ONNX files of VERNIER_DATA (models/onnx), in the order of their names; none where it is
/// absent.
inline std::vector<std::filesystem::path> network_files() {
  namespace fs = std::filesystem;
  const char* data = std::getenv("VERNIER_DATA");
  const fs::path root = data != nullptr ? fs::path(data) : VERNIER_SOURCE_DIR "/../shared/data";
  std::vector<fs::path> files;
  if (!fs::exists(root / "models/onnx")) return files;
  for (const auto& entry : fs::directory_iterator(root / "models/onnx")) {
    if (entry.path().extension() == ".onnx") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace vernier
