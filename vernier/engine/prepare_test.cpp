#include "vernier/engine/prepare.h"

#include <utility>

#include <gtest/gtest.h>

#include "vernier/base/random.h"

namespace vernier {
namespace {

AlignedBytes random_bytes(Random& random, std::int64_t count) {
  AlignedBytes bytes(static_cast<std::size_t>(count));
  for (std::byte& each : bytes) each = static_cast<std::byte>(random.below(256));
  return bytes;
}

// Whether small or large, and whether the block is large enough for several, for one, or for none.
TEST(PreparedWeights, StayWhatTheyAreAndBeginWithALine) {
  Random random(7);
  for (const std::size_t block : {0, 1000, 1 << 20}) {
    PreparedWeights prepared(block);
    std::vector<AlignedBytes> steps;
    for (const std::int64_t size : {0, 1, 64, 999, 0, 70'000, 5 << 20, 129, 900'000, 300'000}) {
      steps.push_back(random_bytes(random, size));
      prepared.add(steps.back());
    }
    const PreparedWeights moved = std::move(prepared);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      const std::byte* start = moved.of(i);
      ASSERT_EQ(start == nullptr, steps[i].empty()) << "step " << i;
      if (start == nullptr) continue;
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(start) % byte_alignment, 0U) << "step " << i;
      EXPECT_TRUE(std::equal(steps[i].begin(), steps[i].end(), start))
          << "step " << i << ", blocks of " << block;
    }
  }
}

TEST(PreparedWeights, StandOneBehindTheOtherInABlock) {
  PreparedWeights prepared(4096);
  for (int i = 0; i < 3; ++i) prepared.add(AlignedBytes(100));
  EXPECT_EQ(prepared.of(1) - prepared.of(0), 128);
  EXPECT_EQ(prepared.of(2) - prepared.of(1), 128);
}

}  // namespace
}  // namespace vernier
