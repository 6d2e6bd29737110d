#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "vernier/base/tensor.h"

namespace vernier {

/// An array as a reduction sees it: result i takes the elements at kept[i] + reduced[j], for all j
/// in row-major order.
struct Reduction {
  std::vector<std::int64_t> kept;
  std::vector<std::int64_t> reduced;
};

/// Over these axes; none means all.
Reduction plan_reduction(const Shape& shape, std::span<const std::int64_t> axes);

/// Sums in the order of the elements; floats in double, rounded once. Integers wrap around.
void reduce_sum(const Reduction& reduction, const float* x, float* y);
void reduce_sum(const Reduction& reduction, const std::int64_t* x, std::int64_t* y);
void reduce_sum(const Reduction& reduction, const std::int32_t* x, std::int32_t* y);
/// The sum in double, divided by the count, rounded once.
void reduce_mean(const Reduction& reduction, const float* x, float* y);

}  // namespace vernier
