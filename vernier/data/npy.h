#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>

#include "vernier/base/tensor.h"

namespace vernier {

/// Reads one array of NumPy's `.npy` format, versions 1 to 3: little-endian, C order, of a type
/// that DType has. Anything else, and a damaged file, is an Error with the path.
/// Source: numpy/lib/format.py.
Tensor read_npy(const std::filesystem::path& path);

/// Writes an array of `shape` part by part along axis 0, so that it need not fit into memory.
class NpyWriter {
 public:
  NpyWriter(const std::filesystem::path& path, const Shape& shape, DType dtype);
  /// The next elements; all of them together fill the shape.
  void add(std::span<const std::byte> elements);
  /// Ends the file. What does not fill the shape, and a full disk, is an Error.
  void close();

 private:
  std::string path_;
  std::ofstream file_;
  std::int64_t missing_;  // bytes
};

}  // namespace vernier
