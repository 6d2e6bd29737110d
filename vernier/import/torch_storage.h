#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "vernier/base/tensor.h"

namespace vernier {

/// A tensor as PyTorch keeps it: element (i, j, ...) lies `offset + i strides[0] + j strides[1]
/// ...` elements behind the begin of the storage. All three may be anything, as a file has it.
struct StridedView {
  std::span<const std::byte> storage;
  std::int64_t offset = 0;
  Shape sizes;
  Shape strides;
};

/// A storage class of PyTorch.
struct TorchStorage {
  std::string_view name;  ///< as a pickle names it, "torch.FloatStorage"
  std::int64_t element_bytes;
  DType dtype;  ///< what its tensors become: f32 for every floating type, u8 for bool
  void (*copy)(const StridedView& view, Tensor& dense);
};

std::span<const TorchStorage> torch_storages();

/// Elements of the dense tensor. Negative numbers, an overflow, or an element outside of the
/// storage is an Error.
std::int64_t checked_element_count(const TorchStorage& type, const StridedView& view);

/// Dense, row-major. The view must have passed `checked_element_count`.
Tensor dense(const TorchStorage& type, const StridedView& view);

}  // namespace vernier
