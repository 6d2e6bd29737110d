#pragma once

#include <cstddef>
#include <span>

namespace vernier {

/// `count` rows of a matrix, and a factor for each: sums[i] += sum over k of factors[k] * row_k[i].
struct WeightedRows {
  const double* rows;
  std::size_t row_stride;
  const double* factors;
  std::size_t factor_stride;
  std::size_t count;
};

/// The inner loop of all matrix products here, in an order that no processor changes.
void add_rows(const WeightedRows& weighted, std::span<double> sums);

}  // namespace vernier
