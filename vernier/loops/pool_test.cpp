#include "vernier/loops/pool.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace vernier {
namespace {

// 4 elements, a window of 3 with pad 1 on both sides and stride 2, rounded up: the last window
// reaches one element beyond the trailing pad.
const Pooling line = {.window = {.fine = {1, 1, 4},
                                 .coarse = {1, 1, 3},
                                 .kernel = {1, 1, 3},
                                 .strides = {1, 1, 2},
                                 .pads = {0, 0, 1},
                                 .end_pads = {0, 0, 1}}};

TEST(MaxPool, PaddingNeverCounts) {
  const std::vector<float> x = {-1, -2, -3, -4};
  std::vector<float> y(3);
  max_pool(line, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{-1, -2, -4}));
}

TEST(MaxPool, AWindowOfPaddingAloneIsMinusInfinity) {
  const Pooling pooling = {.window = {.coarse = {1, 1, 2}, .pads = {0, 0, 1}}};
  const float x = 1.0F;
  std::vector<float> y(2);
  max_pool(pooling, &x, y.data());
  EXPECT_EQ(y, (std::vector<float>{-std::numeric_limits<float>::infinity(), 1.0F}));
}

TEST(AveragePool, DividesByTheElementsInside) {
  const std::vector<float> x = {1, 2, 3, 4};
  std::vector<float> y(3);
  average_pool(line, PoolDivisor::elements, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{1.5F, 3.0F, 4.0F}));
}

TEST(AveragePool, PaddingCountsButNotWhatLiesBehindIt) {
  const std::vector<float> x = {1, 2, 3, 4};
  std::vector<float> y(3);
  average_pool(line, PoolDivisor::elements_and_padding, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{1.0F, 3.0F, 2.0F}));
}

TEST(AveragePool, EachPlaneByItself) {
  const Pooling pooling = {.window = {.fine = {1, 2, 2}, .kernel = {1, 2, 2}}, .planes = 2};
  const std::vector<float> x = {1, 2, 3, 4, 10, 20, 30, 40};
  std::vector<float> y(2);
  average_pool(pooling, PoolDivisor::elements, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{2.5F, 25.0F}));
  max_pool(pooling, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{4.0F, 40.0F}));
}

TEST(AveragePool, OfAConstantIsThatConstant) {
  const Pooling pooling = {.window = {.fine = {3, 4, 5},
                                      .coarse = {3, 4, 5},
                                      .kernel = {3, 3, 3},
                                      .pads = {1, 1, 1},
                                      .end_pads = {1, 1, 1}}};
  const std::vector<float> x(60, 0.75F);
  std::vector<float> y(60);
  average_pool(pooling, PoolDivisor::elements, x.data(), y.data());
  EXPECT_EQ(y, x);
}

}  // namespace
}  // namespace vernier
