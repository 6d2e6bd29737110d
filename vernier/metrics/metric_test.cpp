#include "vernier/metrics/metric.h"

#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/table.h"

namespace vernier {
namespace {

TEST(Share, HasTheIntervalOfWilson) {
  // Newcombe, Statistics in Medicine 1998, table I, method 3: 81/263 and 0/20.
  const Share many = {.hits = 81, .count = 263};
  EXPECT_NEAR(many.low(), 0.2553, 5e-5);
  EXPECT_NEAR(many.high(), 0.3662, 5e-5);
  const Share none = {.hits = 0, .count = 20};
  EXPECT_NEAR(none.low(), 0.0, 1e-12);
  EXPECT_NEAR(none.high(), 0.1611, 5e-5);
}

TEST(Metric, Top1TakesTheFirstOfEquals) {
  const std::vector<float> scores = {0.0F, 2.0F, 2.0F};
  EXPECT_EQ(argmax(scores), 1);
  const Metric& top1 = find(metrics(), "top1", "metric");
  EXPECT_TRUE(top1.hit(scores, 1));
  EXPECT_FALSE(top1.hit(scores, 2));
}

TEST(Metric, Top5CountsTheLargerOnes) {
  const std::vector<float> scores = {9, 8, 7, 6, 5, 4};
  const Metric& top5 = find(metrics(), "top5", "metric");
  EXPECT_TRUE(top5.hit(scores, 4));
  EXPECT_FALSE(top5.hit(scores, 5));
  EXPECT_FALSE(top5.hit(scores, 6)) << "a label beyond the outputs is no hit";
}

}  // namespace
}  // namespace vernier
