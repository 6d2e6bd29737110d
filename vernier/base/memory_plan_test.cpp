#include "vernier/base/memory_plan.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/base/tensor.h"

namespace vernier {
namespace {

std::vector<Lifetime> random_lifetimes(Random& random) {
  std::vector<Lifetime> lifetimes(static_cast<std::size_t>(random.below(40)));
  for (Lifetime& each : lifetimes) {
    each.bytes = random.below(1000);
    each.first_step = random.below(20);
    each.last_step = each.first_step + random.below(5);
  }
  return lifetimes;
}

// What must exist at one time has to fit: no arena can be smaller.
std::int64_t largest_sum(const std::vector<Lifetime>& lifetimes) {
  std::int64_t largest = 0;
  for (std::int64_t step = 0; step < 25; ++step) {
    std::int64_t sum = 0;
    for (const Lifetime& each : lifetimes) {
      if (each.first_step <= step && step <= each.last_step) sum += each.bytes;
    }
    largest = std::max(largest, sum);
  }
  return largest;
}

TEST(MemoryPlan, KeepsWhatLivesTogetherApart) {
  Random random(1);
  for (int round = 0; round < 200; ++round) {
    const std::vector<Lifetime> lifetimes = random_lifetimes(random);
    const MemoryPlan plan = plan_memory(lifetimes);
    for (std::size_t i = 0; i < lifetimes.size(); ++i) {
      EXPECT_EQ(plan.offsets[i] % static_cast<std::int64_t>(byte_alignment), 0);
      EXPECT_LE(plan.offsets[i] + lifetimes[i].bytes, plan.bytes);
      for (std::size_t j = 0; j < i; ++j) {
        const bool together = lifetimes[i].first_step <= lifetimes[j].last_step &&
                              lifetimes[j].first_step <= lifetimes[i].last_step;
        const bool apart = plan.offsets[i] + lifetimes[i].bytes <= plan.offsets[j] ||
                           plan.offsets[j] + lifetimes[j].bytes <= plan.offsets[i];
        EXPECT_TRUE(!together || apart) << "round " << round << ": pieces " << i << " and " << j;
      }
    }
    EXPECT_GE(plan.bytes, largest_sum(lifetimes));
  }
}

TEST(MemoryPlan, ReusesMemoryAlongAChain) {
  std::vector<Lifetime> chain;
  for (std::int64_t step = 0; step < 10; ++step) chain.push_back({1024, step, step + 1});
  EXPECT_EQ(plan_memory(chain).bytes, 2 * 1024);
}

TEST(MemoryPlan, OfNothingIsNothing) { EXPECT_EQ(plan_memory({}).bytes, 0); }

}  // namespace
}  // namespace vernier
