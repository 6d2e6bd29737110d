#include "vernier/ptq/add_rows.h"

#include "vernier/base/vector_clones.h"

namespace vernier {

VERNIER_VECTOR_CLONES
void add_rows(const WeightedRows& weighted, std::span<double> sums) {
  const std::size_t stride = weighted.row_stride;
  const std::size_t size = sums.size();
  double* __restrict result = sums.data();
  const double* __restrict row = weighted.rows;
  const double* factor = weighted.factors;
  std::size_t k = 0;
  for (; k + 4 <= weighted.count; k += 4) {
    const double a = factor[0];
    const double b = factor[weighted.factor_stride];
    const double c = factor[2 * weighted.factor_stride];
    const double d = factor[3 * weighted.factor_stride];
    for (std::size_t i = 0; i < size; ++i) {
      result[i] +=
          a * row[i] + b * row[stride + i] + c * row[2 * stride + i] + d * row[3 * stride + i];
    }
    row += 4 * stride;
    factor += 4 * weighted.factor_stride;
  }
  for (; k < weighted.count; ++k) {
    for (std::size_t i = 0; i < size; ++i) result[i] += *factor * row[i];
    row += stride;
    factor += weighted.factor_stride;
  }
}

}  // namespace vernier
