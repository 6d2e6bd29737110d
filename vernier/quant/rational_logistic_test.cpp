#include "vernier/quant/rational_logistic.h"

#include <cmath>

#include <gtest/gtest.h>

namespace vernier {
namespace {

TEST(RationalLogistic, IsCloseToTheLogistic) {
  EXPECT_EQ(rational_logistic(0.0F), 0.5F);
  for (float x = -30.0F; x < 30.0F; x += 0.01F) {
    EXPECT_NEAR(rational_logistic(x), 1.0 / (1.0 + std::exp(-static_cast<double>(x))), 3e-7) << x;
  }
}

}  // namespace
}  // namespace vernier
