#pragma once

#include <cstddef>
#include <span>

namespace vernier {

/// A = L L^T for a symmetric, positive definite matrix of n x n, row-major: L takes the place of
/// the lower triangle, all that is read. The same bits for any number of threads, on any processor.
void cholesky(std::span<double> matrix, std::size_t n);

}  // namespace vernier
