#include "vernier/ptq/affine_fit.h"

#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/random.h"

namespace vernier {
namespace {

struct Pair {
  double target;
  double found;
};

std::vector<Pair> pairs(double gain, double bias, double noise) {
  Random random(3);
  std::vector<Pair> result;
  for (int i = 0; i < 500; ++i) {
    const double found = random.normal() + 2.0;
    result.push_back({gain * found + bias + noise * random.normal(), found});
  }
  return result;
}

PairSums sums(const std::vector<Pair>& all) {
  PairSums result;
  for (const Pair& each : all) result.see(each.target, each.found);
  return result;
}

double squared_error(const std::vector<Pair>& all, const AffineFit& fitted) {
  double error = 0.0;
  for (const Pair& each : all) {
    const double difference = fitted.gain * each.found + fitted.bias - each.target;
    error += difference * difference;
  }
  return error;
}

TEST(AffineFit, FindsWhatIsThere) {
  const AffineFit found = fit(sums(pairs(1.1, -0.7, 0.0)), true);
  EXPECT_NEAR(found.gain, 1.1, 1e-9);
  EXPECT_NEAR(found.bias, -0.7, 1e-9);
}

TEST(AffineFit, NoNeighbourIsBetter) {
  const std::vector<Pair> noisy = pairs(0.9, 0.3, 0.2);
  const AffineFit best = fit(sums(noisy), true);
  for (const double step : {-1e-3, 1e-3}) {
    EXPECT_LT(squared_error(noisy, best), squared_error(noisy, {best.gain + step, best.bias}));
    EXPECT_LT(squared_error(noisy, best), squared_error(noisy, {best.gain, best.bias + step}));
  }
}

TEST(AffineFit, WithoutAGainTheMeansAgree) {
  const PairSums all = sums(pairs(1.1, -0.7, 0.1));
  const AffineFit found = fit(all, false);
  EXPECT_EQ(found.gain, 1.0);
  EXPECT_NEAR(found.bias, (all.target - all.found) / static_cast<double>(all.count), 1e-12);
}

TEST(AffineFit, HoldsTheGainWithinItsLimits) {
  EXPECT_EQ(fit(sums(pairs(1.5, 0.0, 0.0)), true).gain, 1.25);
  EXPECT_EQ(fit(sums(pairs(0.6, 0.0, 0.0)), true).gain, 0.8);
  EXPECT_EQ(fit(sums(pairs(3.0, 0.0, 0.0)), true).gain, 1.0) << "something else is wrong there";
  EXPECT_EQ(fit(sums(pairs(-1.0, 0.0, 0.0)), true).gain, 1.0);
}

TEST(AffineFit, OfADeadChannelIsItsMeanAlone) {
  PairSums all;
  for (const double target : {1.0, 3.0}) all.see(target, 5.0);
  EXPECT_EQ(fit(all, true).gain, 1.0);
  EXPECT_EQ(fit(all, true).bias, -3.0);
  EXPECT_EQ(fit({}, true).bias, 0.0) << "nothing was seen";
}

TEST(AffineFit, PartsAddUpToTheWhole) {
  const std::vector<Pair> all = pairs(1.0, 0.5, 0.1);
  PairSums parts = sums({all.begin(), all.begin() + 123});
  parts += sums({all.begin() + 123, all.end()});
  EXPECT_EQ(parts.count, sums(all).count);
  EXPECT_NEAR(fit(parts, true).bias, fit(sums(all), true).bias, 1e-12);
}

}  // namespace
}  // namespace vernier
