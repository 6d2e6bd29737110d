#include "vernier/loops/matrix_product.h"

#include <algorithm>

namespace vernier {
namespace {

// y += scale * x.
void add_scaled(std::int64_t count, float scale, const float* __restrict x, float* __restrict y) {
  for (std::int64_t i = 0; i < count; ++i) y[i] += scale * x[i];
}

float dot(const MatrixProduct& product, const float* a, const float* b) {
  float sum = 0.0F;
  for (std::int64_t k = 0; k < product.k; ++k)
    sum += a[k * product.a.column] * b[k * product.b.row];
  return sum;
}

}  // namespace

// Rows of b that are contiguous are added whole, which becomes a vector loop; the order of the
// additions is the same either way.
void multiply_matrices(const MatrixProduct& product, const float* a, const float* b, float* y) {
  for (std::int64_t m = 0; m < product.m; ++m, a += product.a.row, y += product.n) {
    if (product.b.column == 1) {
      std::fill_n(y, product.n, 0.0F);
      for (std::int64_t k = 0; k < product.k; ++k) {
        add_scaled(product.n, a[k * product.a.column], b + k * product.b.row, y);
      }
    } else {
      for (std::int64_t n = 0; n < product.n; ++n) y[n] = dot(product, a, b + n * product.b.column);
    }
  }
}

}  // namespace vernier
