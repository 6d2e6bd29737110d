#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vernier {

/// A piece of memory and the steps, both included, during which it must stay untouched by others.
struct Lifetime {
  std::int64_t bytes = 0;
  std::int64_t first_step = 0;
  std::int64_t last_step = 0;
};

struct MemoryPlan {
  std::vector<std::int64_t> offsets;  ///< one a lifetime, multiples of `byte_alignment`
  std::int64_t bytes = 0;             ///< of the whole arena
};

/// Places the pieces in one arena so that no two overlap in both time and space: largest first,
/// each at the lowest free offset (Pisarchyk and Lee, "Efficient memory management for deep neural
/// net inference", 2020, section 5, greedy by size).
MemoryPlan plan_memory(std::span<const Lifetime> lifetimes);

}  // namespace vernier
