// Memory: the largest buffer first, each at the lowest offset where it meets no buffer that is
// needed at the same time (greedy by size, Pisarchyk and Lee, "Efficient Memory Management for Deep
// Neural Net Inference", 2020, algorithm 3).

#include <algorithm>
#include <limits>
#include <numeric>

#include "vernier/engine/step_buffers.h"
#include "vernier/export/plan_builder.h"

namespace vernier {
namespace {

struct Lifetime {
  std::size_t first = std::numeric_limits<std::size_t>::max();
  std::size_t last = 0;

  bool overlaps(const Lifetime& other) const { return first <= other.last && other.first <= last; }
};

// The steps between which the elements of each buffer must be kept.
std::vector<Lifetime> lifetimes(const Plan& plan) {
  std::vector<Lifetime> result(plan.buffers.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for_each_buffer(plan.steps[i].op, [&](BufferId id) {
      Lifetime& lifetime = result[index(id)];
      lifetime.first = std::min(lifetime.first, i);
      lifetime.last = std::max(lifetime.last, i);
    });
  }
  return result;
}

std::int64_t aligned_bytes(const Buffer& buffer) {
  const std::int64_t bytes = buffer.size * byte_size(buffer.element);
  return (bytes + 63) / 64 * 64;
}

// The lowest offset for `size` bytes beside the taken parts, which are [begin, end).
std::int64_t lowest_offset(std::vector<std::pair<std::int64_t, std::int64_t>> taken,
                           std::int64_t size) {
  std::ranges::sort(taken);
  std::int64_t offset = 0;
  for (const auto& [begin, end] : taken) {
    if (begin - offset >= size) break;
    offset = std::max(offset, end);
  }
  return offset;
}

}  // namespace

void place_buffers(Plan& plan) {
  const std::vector<Lifetime> needed = lifetimes(plan);
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < plan.buffers.size(); ++i) {
    if (plan.buffers[i].place == Place::arena) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::greater<>(),
                           [&](std::size_t i) { return aligned_bytes(plan.buffers[i]); });
  plan.arena_bytes = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Buffer& buffer = plan.buffers[order[i]];
    std::vector<std::pair<std::int64_t, std::int64_t>> taken;
    for (std::size_t j = 0; j < i; ++j) {
      const Buffer& other = plan.buffers[order[j]];
      if (!needed[order[i]].overlaps(needed[order[j]])) continue;
      taken.emplace_back(other.offset, other.offset + aligned_bytes(other));
    }
    buffer.offset = lowest_offset(std::move(taken), aligned_bytes(buffer));
    plan.arena_bytes =
        std::max(plan.arena_bytes, buffer.offset + buffer.size * byte_size(buffer.element));
  }
}

}  // namespace vernier
