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

// Parts first..end-1 of something.
struct Share {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

// The member's share of `count` parts; may be empty.
inline Share share_of(const TeamMember& member, std::int64_t count, std::int64_t work) {
  if (work < least_work || count < 2) return {0, member.number == 0 ? count : 0};
  return {count * member.number / member.count, count * (member.number + 1) / member.count};
}

// Neighbours that one member computes: of bytes a cache line, which two would take from each other.
inline constexpr std::int64_t neighbours = 64;

// The same for nested loops, see walk(): the outermost one that runs more than once is shared. Over
// dense tensors that is the only one.
template <std::size_t Count, typename Row>
void share_walk(const TeamMember& member, std::span<const std::int64_t> sizes,
                const std::array<const Operand*, Count>& operands, std::int64_t work, Row&& row) {
  std::size_t loop = 0;
  while (loop + 1 < sizes.size() && sizes[loop] == 1) ++loop;
  const std::int64_t each = loop + 1 < sizes.size() ? 1 : neighbours;
  const Share share = share_of(member, (sizes[loop] + each - 1) / each, work);
  if (share.first == share.end) return;
  walk<Count>(sizes, operands, {loop, share.first * each, std::min(share.end * each, sizes[loop])},
              row);
}

// What the others wait for if `count` alike are shared: 1 is none.
inline double balance(std::int64_t count, std::int64_t members) {
  const std::int64_t most = (count + members - 1) / members;
  return static_cast<double>(count) / static_cast<double>(most * members);
}

// The channels of some panels.
inline Share channels_of(const Share& panels, std::int64_t channels) {
  return {panels.first * panel_channels, std::min(panels.end * panel_channels, channels)};
}

// Of an image: rows, or parts of the channels where there are more equal ones of them.
struct ImageShare {
  bool by_row = true;
  Share parts;
};

inline ImageShare image_share_of(const TeamMember& member, std::int64_t rows,
                                 std::int64_t channel_parts, std::int64_t work) {
  const bool by_row = balance(channel_parts, member.count) <= balance(rows, member.count);
  return {by_row, share_of(member, by_row ? rows : channel_parts, work)};
}

// A convolution in panels of channels and rows.
struct Rectangle {
  Share rows;
  Share panels;
};

// Panels that a tile may have at once; the rows of so many are not shared but where two members
// meet.
inline constexpr std::int64_t shared_panels = 3;

// Where a member's share begins that has `number` of `count` parts before it: in a block of panels,
// at a row.
struct Meeting {
  std::int64_t block;
  std::int64_t row;
};
inline Meeting meeting_of(std::int64_t number, std::int64_t count, std::int64_t rows,
                          std::int64_t panels) {
  const std::int64_t before = panels * rows * number / count;
  const std::int64_t block = before / (shared_panels * rows);
  const std::int64_t left = panels - shared_panels * block;
  if (left <= 0) return {block, 0};
  const std::int64_t width = std::min(shared_panels, left);
  return {block, (before - shared_panels * rows * block + width / 2) / width};
}

// The member's share of panels that do not divide evenly, in several rows: the last rows of the
// block in which the share of the one before ends, whole panels, and the first rows of those
// behind. Any of them may be empty.
inline std::array<Rectangle, 3> rectangles_of(const TeamMember& member, std::int64_t rows,
                                              std::int64_t panels) {
  const auto [first, first_row] = meeting_of(member.number, member.count, rows, panels);
  const auto [last, last_row] = meeting_of(member.number + 1, member.count, rows, panels);
  const auto panels_from = [&](std::int64_t block, std::int64_t end) {
    return Share{std::min(shared_panels * block, panels), std::min(shared_panels * end, panels)};
  };
  if (first == last) return {{{{first_row, last_row}, panels_from(first, first + 1)}}};
  return {{{{first_row, rows}, panels_from(first, first + 1)},
           {{0, rows}, panels_from(first + 1, last)},
           {{0, last_row}, panels_from(last, last + 1)}}};
}

// 32 products take about as long as it takes to store a result.
inline std::int64_t work_of(const Convolve& step) {
  return image_elements(step.sizes) * step.groups * (products_of(step) / 32 + 1);
}
inline std::int64_t work_of(const ConvolveDepthwise& step) { return image_elements(step.sizes); }

inline ImageShare image_share_of(const TeamMember& member, const Convolve& step) {
  const std::int64_t parts = step.groups > 1 ? step.groups : panels_of(step.sizes.channels);
  return image_share_of(member, step.sizes.rows, parts, work_of(step));
}
inline ImageShare image_share_of(const TeamMember& member, const ConvolveDepthwise& step) {
  return image_share_of(member, step.sizes.rows, panels_of(step.sizes.channels), work_of(step));
}

// As of a convolution that keeps the number of rows, so that a member finds what it reads in the
// step behind. Between the rows may stand something else than pixels.
inline ImageShare image_share_of(const TeamMember& member, const FillBorder& step) {
  const Image& x = step.x;
  const bool pixels = step.sizes.channels == x.column && x.first % x.column == 0 &&
                      x.row % x.column == 0 && x.image % x.column == 0;
  return image_share_of(member, step.sizes.rows, pixels ? panels_of(step.sizes.channels) : 1,
                        x.image);
}

}  // namespace vernier
