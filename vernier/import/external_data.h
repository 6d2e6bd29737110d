#pragma once

// Private to import/: elements of a tensor that lie in a file of their own.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include <onnx/onnx_pb.h>

namespace vernier {

/// Reads `size` bytes from the file and offset that the tensor names. The file must lie beneath
/// `folder`, also after links are followed: a model never makes us read what is elsewhere.
std::vector<std::byte> read_external_data(const onnx::TensorProto& proto,
                                          const std::filesystem::path& folder, std::int64_t size);

}  // namespace vernier
