#pragma once

// Private to engine/: the shares that members have of a step. Every element is computed by one of
// them, in the same way as by one alone. What lies near what a member computed in the step before
// should be its own again: memory of another core is far.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>

#include "vernier/engine/run_step.h"
#include "vernier/engine/walk.h"

namespace vernier {

// Below it a member does the work alone.
inline constexpr std::int64_t least_work = 4'000;  // results

inline std::int64_t image_elements(const ImageSizes& sizes) {
  return sizes.rows * sizes.columns * sizes.channels;
}

// How often the body of nested loops runs.
inline std::int64_t loop_work(std::span<const std::int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, std::multiplies<>());
}

// Calls body(first, end) for the member's part of 0..count-1.
template <typename Body>
void share(const TeamMember& member, std::int64_t count, std::int64_t work, const Body& body) {
  if (work < least_work || count < 2) {
    if (member.number == 0) body(std::int64_t{0}, count);
    return;
  }
  const std::int64_t first = count * member.number / member.count;
  const std::int64_t end = count * (member.number + 1) / member.count;
  if (first < end) body(first, end);
}

// The same for nested loops, see walk(): the outermost one that runs more than once is shared.
template <std::size_t Count, typename Row>
void share_walk(const TeamMember& member, std::span<const std::int64_t> sizes,
                const std::array<const Operand*, Count>& operands, std::int64_t work, Row&& row) {
  const auto outer = sizes.first(sizes.size() - 1);
  const auto loop = std::ranges::find_if(outer, [](std::int64_t size) { return size > 1; });
  const std::int64_t count = loop == outer.end() ? 1 : *loop;
  share(member, count, work, [&](std::int64_t first, std::int64_t end) {
    walk<Count>(sizes, operands, row, {static_cast<std::size_t>(loop - outer.begin()), first, end});
  });
}

// What the others wait for if `count` alike are shared: 1 is none.
inline double balance(std::int64_t count, std::int64_t members) {
  const std::int64_t most = (count + members - 1) / members;
  return static_cast<double>(count) / static_cast<double>(most * members);
}

// Whether rows are shared, or else channels because there are more equal parts of them.
inline bool share_rows(const TeamMember& member, std::int64_t rows, std::int64_t channel_parts) {
  return balance(channel_parts, member.count) <= balance(rows, member.count);
}

// Calls run(part): of rows, or of groups or panels.
template <typename Run>
void share_convolution(const StepContext& context, const ImageSizes& sizes, std::int64_t groups,
                       std::int64_t work, const Run& run) {
  ConvolutionPart part{.end_row = sizes.rows,
                       .end_panel = panels_of(sizes.channels),
                       .end_group = groups,
                       .scratch = context.scratch};
  const bool by_group = groups > 1;
  const std::int64_t channel_parts = by_group ? groups : part.end_panel;
  const bool by_row = share_rows(context.member, sizes.rows, channel_parts);
  share(context.member, by_row ? sizes.rows : channel_parts, work,
        [&](std::int64_t first, std::int64_t end) {
          (by_row ? part.first_row : by_group ? part.first_group : part.first_panel) = first;
          (by_row ? part.end_row : by_group ? part.end_group : part.end_panel) = end;
          run(part);
        });
}

}  // namespace vernier
