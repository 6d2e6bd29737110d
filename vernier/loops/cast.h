#pragma once

#include <span>

#include "vernier/base/tensor.h"

namespace vernier {

/// Elements of one type.
struct TypedElements {
  DType dtype = DType::f32;
  std::span<const std::byte> bytes;
};

/// Converts elements to another type: real to integer drops the fraction and saturates (NaN gives
/// 0); integer to a narrower integer keeps the low bits. `target` holds as many elements.
void cast(const TypedElements& source, DType to, std::span<std::byte> target);

}  // namespace vernier
