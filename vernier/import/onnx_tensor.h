#pragma once

// Private to import/: tensors of an ONNX file.

#include <cstdint>
#include <filesystem>

#include <onnx/onnx_pb.h>

#include "vernier/base/tensor.h"

namespace vernier {

/// What an ONNX element type becomes here: every float f32, 4-bit integers i8 and u8, bool u8. An
/// Error that names the type where there is nothing for it.
DType import_dtype(std::int64_t onnx_type);

/// int4 or uint4: kept in bytes, so only the file knows.
bool is_four_bit(std::int64_t onnx_type);

/// The elements of a tensor from raw data, typed fields, or a file beneath `folder`, where the
/// model lies. Nothing is allocated before the size of the data was found to fit the shape.
Tensor import_tensor(const onnx::TensorProto& proto, const std::filesystem::path& folder);

}  // namespace vernier
