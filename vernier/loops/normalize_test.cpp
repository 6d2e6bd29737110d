#include "vernier/loops/normalize.h"

#include <cmath>

#include <gtest/gtest.h>

#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

TEST(Softmax, SumsToOneAlongTheAxis) {
  const AxisView view = {.outer = 2, .size = 5, .inner = 3};
  const std::vector<float> x = random_array(30);
  std::vector<float> y(30);
  softmax(view, x.data(), y.data());
  for (std::size_t outer = 0; outer < 2; ++outer) {
    for (std::size_t inner = 0; inner < 3; ++inner) {
      float sum = 0.0F;
      for (std::size_t i = 0; i < 5; ++i) sum += y[(outer * 5 + i) * 3 + inner];
      EXPECT_NEAR(sum, 1.0F, 1e-6F);
    }
  }
}

TEST(Softmax, DoesNotChangeWhenAConstantIsAdded) {
  const std::vector<float> x = {1, 2, 4};
  const std::vector<float> shifted = {1001, 1002, 1004};
  std::vector<float> y(3);
  std::vector<float> y_shifted(3);
  softmax({.size = 3}, x.data(), y.data());
  softmax({.size = 3}, shifted.data(), y_shifted.data());
  EXPECT_EQ(y, y_shifted);
  EXPECT_FLOAT_EQ(y[2] / y[1], std::exp(2.0F));
}

TEST(LocalResponse, DividesByTheSquaresOfTheNeighbours) {
  const std::vector<float> x = {1, 2, 3, 4};
  std::vector<float> y(4);
  // Two channels around each: itself and the one behind it.
  local_response_normalize({.alpha = 2.0F, .beta = 1.0F, .bias = 1.0F, .size = 2}, {.size = 4},
                           x.data(), y.data());
  EXPECT_FLOAT_EQ(y[0], 1.0F / (1.0F + 1.0F + 4.0F));
  EXPECT_FLOAT_EQ(y[1], 2.0F / (1.0F + 4.0F + 9.0F));
  EXPECT_FLOAT_EQ(y[2], 3.0F / (1.0F + 9.0F + 16.0F));
  EXPECT_FLOAT_EQ(y[3], 4.0F / (1.0F + 16.0F));
}

TEST(LocalResponse, AnOddWindowIsCentred) {
  const std::vector<float> x = {1, 2, 3};
  std::vector<float> y(3);
  local_response_normalize({.alpha = 3.0F, .beta = 0.5F, .bias = 2.0F, .size = 3}, {.size = 3},
                           x.data(), y.data());
  EXPECT_FLOAT_EQ(y[1], 2.0F / std::sqrt(2.0F + 1.0F + 4.0F + 9.0F));
}

TEST(BatchNormalize, BringsEachChannelToItsMeanAndDeviation) {
  const std::vector<float> x = {5, 1, 10, 20};
  const std::vector<float> scale = {2, 3};
  const std::vector<float> bias = {1, -1};
  const std::vector<float> mean = {1, 10};
  const std::vector<float> variance = {3, 24};
  std::vector<float> y(4);
  batch_normalize({.scale = scale.data(),
                   .bias = bias.data(),
                   .mean = mean.data(),
                   .variance = variance.data(),
                   .epsilon = 1.0F},
                  {.outer = 1, .size = 2, .inner = 2}, x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{5, 1, -1, 5}));
}

}  // namespace
}  // namespace vernier
