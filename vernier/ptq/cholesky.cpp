// Cholesky factorization by blocks of columns (Golub and Van Loan, Matrix Computations, section
// 4.2.9): a block is factored, and its products leave all rows below, in parallel. A library would
// bring its own threads and one order of sums for each processor; Eigen and OpenBLAS do.

#include "vernier/ptq/cholesky.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/ptq/add_rows.h"

namespace vernier {
namespace {

constexpr std::size_t block_size = 64;

struct Block {
  std::span<double> matrix;
  std::size_t n;
  std::size_t first;
  std::size_t end;

  double& at(std::size_t row, std::size_t column) const { return matrix[row * n + column]; }
};

// A row of L within the block; the rows of the block above it are there.
void factor_row(const Block& block, std::size_t row) {
  for (std::size_t column = block.first; column < std::min(row + 1, block.end); ++column) {
    double rest = block.at(row, column);
    for (std::size_t k = block.first; k < column; ++k)
      rest -= block.at(row, k) * block.at(column, k);
    VERNIER_CHECK(column < row || rest > 0.0);
    block.at(row, column) = column < row ? rest / block.at(column, column) : std::sqrt(rest);
  }
}

// The block's columns below it, negative, as rows.
std::vector<double> negative_columns(const Block& block) {
  const std::size_t below = block.n - block.end;
  std::vector<double> rows((block.end - block.first) * below);
  for (std::size_t i = 0; i < below; ++i) {
    for (std::size_t k = block.first; k < block.end; ++k)
      rows[(k - block.first) * below + i] = -block.at(block.end + i, k);
  }
  return rows;
}

void factor(const Block& block) {
  for (std::size_t row = block.first; row < block.end; ++row) factor_row(block, row);
  const std::size_t below = block.n - block.end;
  parallel_for(static_cast<std::int64_t>(below), [&](std::int64_t i, int /*worker*/) {
    factor_row(block, block.end + static_cast<std::size_t>(i));
  });
  const std::vector<double> rows = negative_columns(block);
  parallel_for(static_cast<std::int64_t>(below), [&](std::int64_t i, int /*worker*/) {
    const std::size_t row = block.end + static_cast<std::size_t>(i);
    add_rows({.rows = rows.data(),
              .row_stride = below,
              .factors = &block.at(row, block.first),
              .factor_stride = 1,
              .count = block.end - block.first},
             block.matrix.subspan(row * block.n + block.end, row + 1 - block.end));
  });
}

}  // namespace

void cholesky(std::span<double> matrix, std::size_t n) {
  for (std::size_t first = 0; first < n; first += block_size)
    factor({matrix, n, first, std::min(first + block_size, n)});
}

}  // namespace vernier
