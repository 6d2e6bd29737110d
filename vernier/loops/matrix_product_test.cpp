#include "vernier/loops/matrix_product.h"

#include <gtest/gtest.h>

#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

std::vector<float> transposed(const std::vector<float>& matrix, std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  const std::size_t columns = matrix.size() / count;
  std::vector<float> result(matrix.size());
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    result[i % columns * count + i / columns] = matrix[i];
  }
  return result;
}

TEST(MultiplyMatrices, KnownProduct) {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6};
  const std::vector<float> b = {1, 2, 0, 1, 1, 0};
  std::vector<float> y(4);
  multiply_matrices({.m = 2, .n = 2, .k = 3, .a = {.row = 3}, .b = {.row = 2}}, a.data(), b.data(),
                    y.data());
  EXPECT_EQ(y, (std::vector<float>{4, 4, 10, 13}));
}

TEST(MultiplyMatrices, TransposedOperandsGiveTheSameBits) {
  const std::int64_t m = 3;
  const std::int64_t n = 5;
  const std::int64_t k = 70;
  const std::vector<float> a = random_array(m * k, 1);
  const std::vector<float> b = random_array(k * n, 2);
  std::vector<float> expected(15);
  multiply_matrices({.m = m, .n = n, .k = k, .a = {.row = k}, .b = {.row = n}}, a.data(), b.data(),
                    expected.data());
  std::vector<float> y(15);
  multiply_matrices(
      {.m = m, .n = n, .k = k, .a = {.row = 1, .column = m}, .b = {.row = 1, .column = k}},
      transposed(a, m).data(), transposed(b, k).data(), y.data());
  EXPECT_EQ(y, expected);
}

TEST(MultiplyMatrices, AnEmptySumIsZero) {
  std::vector<float> y(2, 7.0F);
  multiply_matrices({.m = 1, .n = 2, .k = 0}, nullptr, nullptr, y.data());
  EXPECT_EQ(y, (std::vector<float>{0, 0}));
}

}  // namespace
}  // namespace vernier
