#pragma once

// Private to engine/: nested loops whose number is known at run time only, without allocation.

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "vernier/engine/plan.h"

namespace vernier {

/// No tensor of a plan has more axes.
inline constexpr std::size_t most_loops = 8;

/// The indices first..end-1 of one loop.
struct LoopPart {
  std::size_t loop = 0;
  std::int64_t first = 0;
  std::int64_t end = 0;
};

/// Calls row(positions, count) for every index of all loops but the last, which the caller runs
/// itself, `count` times: positions[i] is where operand i begins. Of one loop only the indices in
/// `part` are taken.
template <std::size_t Count, typename Row>
void walk(std::span<const std::int64_t> sizes, const std::array<const Operand*, Count>& operands,
          const LoopPart& part, Row&& row) {
  std::array<std::int64_t, most_loops> counts;
  std::ranges::copy(sizes, counts.begin());
  counts[part.loop] = part.end - part.first;
  std::array<std::int64_t, Count> at;
  for (std::size_t i = 0; i < Count; ++i) {
    at[i] = operands[i]->first + part.first * operands[i]->strides[part.loop];
  }
  std::array<std::int64_t, most_loops> index{};
  for (;;) {
    row(at, counts[sizes.size() - 1]);
    std::size_t axis = sizes.size() - 1;
    for (; axis > 0; --axis) {
      const bool done = ++index[axis - 1] == counts[axis - 1];
      for (std::size_t i = 0; i < Count; ++i) {
        const std::int64_t stride = operands[i]->strides[axis - 1];
        at[i] += done ? stride * (1 - counts[axis - 1]) : stride;
      }
      if (!done) break;
      index[axis - 1] = 0;
    }
    if (axis == 0) return;
  }
}

}  // namespace vernier
