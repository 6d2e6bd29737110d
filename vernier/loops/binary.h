#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "vernier/base/tensor.h"

namespace vernier {

/// How two arrays meet under numpy's broadcasting: the sizes of the result, and the distance
/// between neighbours in each operand, 0 where it is repeated. Axes that both operands walk through
/// alike are merged, so that the last one, over which the inner loop runs, is long; its distances
/// are 0 or 1.
struct Broadcast {
  Shape sizes;
  std::vector<std::int64_t> a_strides;
  std::vector<std::int64_t> b_strides;
};

/// An Error if the shapes do not fit.
Broadcast broadcast(const Shape& a, const Shape& b);

template <typename T>
using BinaryLoop = void (*)(const Broadcast& broadcast, const T* a, const T* b, T* y);

/// A function of two elements, under ONNX's name. Integers wrap around; their division drops the
/// fraction, and dividing by zero is an Error. Null: not defined for this type.
struct BinaryFunction {
  std::string_view name;
  BinaryLoop<float> f32;
  BinaryLoop<std::int64_t> i64;
  BinaryLoop<std::int32_t> i32;
};

/// All of them; `find(binary_functions(), name, "function")` gives one.
std::span<const BinaryFunction> binary_functions();

}  // namespace vernier
