#pragma once

// For tests that draw cases at random for as long as one likes.

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "vernier/base/random.h"

namespace vernier {

/// Calls body(random) with case after case for VERNIER_FUZZ_SECONDS, or one second. Every case has
/// a seed of its own; VERNIER_FUZZ_SEED is where to begin. A failure names its seed, and where the
/// program may end instead, one a second is printed: the case comes soon behind the last.
template <typename Body>
void fuzz(Body&& body) {
  const auto setting = [](const char* name, std::uint64_t otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : std::stoull(value);
  };
  using Clock = std::chrono::steady_clock;
  const std::uint64_t first = setting("VERNIER_FUZZ_SEED", 1);
  const std::uint64_t seconds = setting("VERNIER_FUZZ_SECONDS", 1);
  std::uint64_t seed = first;
  for (std::uint64_t second = 0; second < seconds; ++second) {
    if (seconds > 1) std::printf("VERNIER_FUZZ_SEED=%llu\n", 0ULL + seed);
    std::fflush(stdout);
    const auto end = Clock::now() + std::chrono::seconds(1);
    do {
      SCOPED_TRACE("repeat it with VERNIER_FUZZ_SEED=" + std::to_string(seed));
      Random random(seed++);
      body(random);
      if (testing::Test::HasFailure()) return;
    } while (Clock::now() < end);
  }
  std::printf("%llu cases\n", 0ULL + seed - first);
}

}  // namespace vernier
