#include "vernier/ptq/affine_fit.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/random.h"

namespace vernier {
namespace {

struct Pair {
  float target;
  float found;
};
using Pairs = std::vector<Pair>;

Pairs pairs(double gain, double bias, double noise, std::uint64_t seed = 3) {
  Random random(seed);
  Pairs result;
  for (int i = 0; i < 500; ++i) {
    const double found = random.normal() + 2.0;
    result.push_back({static_cast<float>(gain * found + bias + noise * random.normal()),
                      static_cast<float>(found)});
  }
  return result;
}

/// Images of ten places each, from the pairs of every channel.
std::vector<PairSums> images(const std::vector<Pairs>& channels) {
  constexpr std::size_t places = 10;
  std::vector<PairSums> result;
  for (std::size_t first = 0; first < channels[0].size(); first += places) {
    std::vector<float> targets;
    std::vector<float> founds;
    for (std::size_t place = first; place < std::min(first + places, channels[0].size()); ++place) {
      for (const Pairs& channel : channels) {
        targets.push_back(channel[place].target);
        founds.push_back(channel[place].found);
      }
    }
    result.emplace_back(channels.size()).see(targets, founds);
  }
  return result;
}

AffineFit fit_one(const Pairs& channel, bool with_gain = true) {
  return fit(images({channel}), with_gain).at(0);
}

double squared_error(const Pairs& all, const AffineFit& fitted) {
  double error = 0.0;
  for (const Pair& each : all) {
    const double difference = fitted.gain * each.found + fitted.bias - each.target;
    error += difference * difference;
  }
  return error;
}

TEST(AffineFit, FindsWhatIsThere) {
  const std::vector<AffineFit> found =
      fit(images({pairs(1.1, -0.7, 0.0), pairs(0.9, 2.0, 0.0)}), true);
  EXPECT_NEAR(found[0].gain, 1.1, 1e-6);
  EXPECT_NEAR(found[0].bias, -0.7, 1e-6);
  EXPECT_NEAR(found[1].gain, 0.9, 1e-6);
  EXPECT_NEAR(found[1].bias, 2.0, 1e-6);
}

TEST(AffineFit, NoNeighbourIsBetterForAChannelAlone) {
  const Pairs noisy = pairs(0.9, 0.3, 0.2);
  const AffineFit best = fit_one(noisy);
  for (const double step : {-1e-3, 1e-3}) {
    EXPECT_LT(squared_error(noisy, best), squared_error(noisy, {best.gain + step, best.bias}));
    EXPECT_LT(squared_error(noisy, best), squared_error(noisy, {best.gain, best.bias + step}));
  }
}

TEST(AffineFit, GainsThatDifferByChanceAreNearerToTheTruthThanLeastSquares) {
  std::vector<Pairs> channels;
  double alone = 0.0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    channels.push_back(pairs(1.02, 0.0, 1.0, seed));
    alone += std::abs(fit_one(channels.back()).gain - 1.02);
  }
  double together = 0.0;
  for (const AffineFit& each : fit(images(channels), true)) together += std::abs(each.gain - 1.02);
  EXPECT_LT(together, alone / 3);
}

TEST(AffineFit, GainsThatDifferInTruthAreKept) {
  std::vector<Pairs> channels;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    channels.push_back(pairs(seed % 2 == 0 ? 0.9 : 1.1, 0.0, 0.1, seed));
  const std::vector<AffineFit> fits = fit(images(channels), true);
  for (std::size_t i = 0; i < fits.size(); ++i)
    EXPECT_NEAR(fits[i].gain, fit_one(channels[i]).gain, 1e-3) << "channel " << i;
}

TEST(AffineFit, WithoutAGainTheMeansAgree) {
  const Pairs all = pairs(1.1, -0.7, 0.1);
  double mean = 0.0;
  for (const Pair& each : all)
    mean += (double{each.target} - each.found) / static_cast<double>(all.size());
  EXPECT_EQ(fit_one(all, false).gain, 1.0);
  EXPECT_NEAR(fit_one(all, false).bias, mean, 1e-12);
}

TEST(AffineFit, HoldsTheGainWithinItsLimits) {
  EXPECT_EQ(fit_one(pairs(1.5, 0.0, 0.0)).gain, 1.25);
  EXPECT_EQ(fit_one(pairs(0.6, 0.0, 0.0)).gain, 0.8);
  EXPECT_EQ(fit_one(pairs(3.0, 0.0, 0.0)).gain, 1.0) << "something else is wrong there";
  EXPECT_EQ(fit_one(pairs(-1.0, 0.0, 0.0)).gain, 1.0);
}

TEST(AffineFit, OfADeadChannelIsItsMeanAlone) {
  const AffineFit dead = fit_one({{1.0F, 5.0F}, {3.0F, 5.0F}});
  EXPECT_EQ(dead.gain, 1.0);
  EXPECT_EQ(dead.bias, -3.0);
}

TEST(AffineFit, OfNothingIsNothing) {
  EXPECT_TRUE(fit({}, true).empty());
  const std::vector<PairSums> unseen(2, PairSums(1));
  EXPECT_EQ(fit(unseen, true).at(0).gain, 1.0);
  EXPECT_EQ(fit(unseen, true).at(0).bias, 0.0);
}

}  // namespace
}  // namespace vernier
