#pragma once

#include <filesystem>

#include "vernier/base/tensor.h"

namespace vernier {

/// Reads one array of NumPy's `.npy` format, versions 1 to 3: little-endian, C order, of a type
/// that DType has. Anything else, and a damaged file, is an Error with the path.
/// Source: numpy/lib/format.py.
Tensor read_npy(const std::filesystem::path& path);

}  // namespace vernier
