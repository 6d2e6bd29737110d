#pragma once

#include <cstdint>

namespace vernier {

/// Distance in elements between neighbouring rows and between neighbouring columns; swapping them
/// transposes a matrix.
struct MatrixStrides {
  std::int64_t row = 0;
  std::int64_t column = 1;
};

/// a [m, k] and b [k, n].
struct MatrixProduct {
  std::int64_t m = 0;
  std::int64_t n = 0;
  std::int64_t k = 0;
  MatrixStrides a;
  MatrixStrides b;
};

/// y = a b, dense [m, n]. Each element is summed in float, from 0, in the order of k; the order is
/// part of the definition.
void multiply_matrices(const MatrixProduct& product, const float* a, const float* b, float* y);

}  // namespace vernier
