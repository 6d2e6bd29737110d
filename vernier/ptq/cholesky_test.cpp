#include "vernier/ptq/cholesky.h"

#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/parallel.h"
#include "vernier/base/random.h"

namespace vernier {
namespace {

std::vector<double> random_positive(std::size_t n) {
  Random random(n);
  std::vector<double> factor(n * n);
  for (double& x : factor) x = random.normal();
  std::vector<double> matrix(n * n);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      for (std::size_t k = 0; k < n; ++k)
        matrix[row * n + column] += factor[row * n + k] * factor[column * n + k];
    }
    matrix[row * n + row] += 1.0;
  }
  return matrix;
}

class CholeskyOfSize : public testing::TestWithParam<std::size_t> {};

TEST_P(CholeskyOfSize, TimesItsTransposeIsTheMatrix) {
  const std::size_t n = GetParam();
  const std::vector<double> matrix = random_positive(n);
  std::vector<double> factor = matrix;
  cholesky(factor, n);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double product = 0.0;
      for (std::size_t k = 0; k <= column; ++k)
        product += factor[row * n + k] * factor[column * n + k];
      ASSERT_NEAR(product, matrix[row * n + column], 1e-11 * static_cast<double>(n))
          << row << ' ' << column;
    }
  }
}

TEST_P(CholeskyOfSize, ReadsAndWritesTheLowerTriangleAlone) {
  const std::size_t n = GetParam();
  std::vector<double> whole = random_positive(n);
  std::vector<double> lower = whole;
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = row + 1; column < n; ++column) lower[row * n + column] = -7.0;
  }
  cholesky(whole, n);
  cholesky(lower, n);
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      const double expected = column <= row ? whole[row * n + column] : -7.0;
      ASSERT_EQ(lower[row * n + column], expected) << row << ' ' << column;
    }
  }
}

TEST_P(CholeskyOfSize, IsTheSameForAnyNumberOfThreads) {
  const std::size_t n = GetParam();
  std::vector<double> one = random_positive(n);
  std::vector<double> three = one;
  set_thread_count(1);
  cholesky(one, n);
  set_thread_count(3);
  cholesky(three, n);
  EXPECT_EQ(one, three);
}

INSTANTIATE_TEST_SUITE_P(Sizes, CholeskyOfSize, testing::Values(1U, 2U, 63U, 64U, 65U, 150U));

}  // namespace
}  // namespace vernier
