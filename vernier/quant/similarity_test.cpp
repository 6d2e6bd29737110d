#include "vernier/quant/similarity.h"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace vernier {
namespace {

TEST(Similarity, OfATensorWithItselfIsPerfect) {
  const std::vector<float> x = {1.0F, -2.0F, 3.0F};
  Similarity sums;
  sums.add(x, x);
  EXPECT_EQ(mse(sums), 0.0);
  EXPECT_EQ(sqnr_db(sums), INFINITY);
  EXPECT_NEAR(cosine(sums), 1.0, 1e-12);
}

TEST(Similarity, AnErrorOfATenthIsTwentyDecibels) {
  const std::vector<float> x = {10.0F, -10.0F};
  const std::vector<float> y = {11.0F, -11.0F};
  Similarity sums;
  sums.add(x, y);
  EXPECT_NEAR(sqnr_db(sums), 20.0, 1e-9);
  EXPECT_NEAR(mse(sums), 1.0, 1e-12);
  EXPECT_NEAR(cosine(sums), 1.0, 1e-12);
}

TEST(Similarity, PartsAddUp) {
  const std::vector<float> x = {1.0F, 2.0F};
  const std::vector<float> y = {1.5F, 1.0F};
  Similarity whole;
  whole.add(x, y);
  whole.add(x, y);
  Similarity part;
  part.add(x, y);
  Similarity sum = part;
  sum.add(part);
  EXPECT_EQ(mse(whole), mse(sum));
  EXPECT_EQ(sum.count, 4);
}

}  // namespace
}  // namespace vernier
