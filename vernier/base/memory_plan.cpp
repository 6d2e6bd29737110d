#include "vernier/base/memory_plan.h"

#include <algorithm>
#include <numeric>

#include "vernier/base/tensor.h"

namespace vernier {
namespace {

std::int64_t aligned(std::int64_t bytes) {
  constexpr auto step = static_cast<std::int64_t>(byte_alignment);
  return (bytes + step - 1) / step * step;
}

bool overlap(const Lifetime& left, const Lifetime& right) {
  return left.first_step <= right.last_step && right.first_step <= left.last_step;
}

}  // namespace

MemoryPlan plan_memory(std::span<const Lifetime> lifetimes) {
  std::vector<std::size_t> by_size(lifetimes.size());
  std::iota(by_size.begin(), by_size.end(), 0);
  std::ranges::stable_sort(by_size, std::ranges::greater{},
                           [&](std::size_t i) { return lifetimes[i].bytes; });

  MemoryPlan plan = {.offsets = std::vector<std::int64_t>(lifetimes.size()), .bytes = 0};
  std::vector<std::size_t> by_offset;  // what is placed, lowest first
  for (const std::size_t next : by_size) {
    std::int64_t offset = 0;
    for (const std::size_t other : by_offset) {
      if (!overlap(lifetimes[next], lifetimes[other])) continue;
      if (offset + lifetimes[next].bytes <= plan.offsets[other]) break;
      offset = std::max(offset, aligned(plan.offsets[other] + lifetimes[other].bytes));
    }
    plan.offsets[next] = offset;
    plan.bytes = std::max(plan.bytes, aligned(offset + lifetimes[next].bytes));
    by_offset.insert(std::ranges::upper_bound(by_offset, offset, {},
                                              [&](std::size_t i) { return plan.offsets[i]; }),
                     next);
  }
  return plan;
}

}  // namespace vernier
