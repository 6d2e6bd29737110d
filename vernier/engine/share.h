#pragma once

// Private to engine/: shares of a step for several threads. Every element is computed by one of
// them, in the same way as by one alone.

#include <cstdint>

#include "vernier/engine/run_step.h"

namespace vernier {

// Below it the work is not worth the wait for another thread.
inline constexpr std::int64_t least_work = 20'000;  // results

inline std::int64_t image_elements(const ImageSizes& sizes) {
  return sizes.rows * sizes.columns * sizes.channels;
}

// Calls body(first, end, member) for parts of 0..count-1, on all threads where that pays; no two
// calls at the same time are of one member.
template <typename Body>
void share_by_members(const StepContext& context, std::int64_t count, std::int64_t work,
                      const Body& body) {
  if (context.team == nullptr || work < least_work || count < 2) return body(0, count, 0);
  const std::int64_t size = context.team->size();
  context.team->run(
      [&](int member) { body(count * member / size, count * (member + 1) / size, member); });
}

template <typename Body>
void share(const StepContext& context, std::int64_t count, std::int64_t work, const Body& body) {
  share_by_members(context, count, work,
                   [&](std::int64_t first, std::int64_t end, int /*member*/) { body(first, end); });
}

// What the others wait for if `count` alike are shared: 1 is none.
inline double balance(std::int64_t count, std::int64_t threads) {
  const std::int64_t most = (count + threads - 1) / threads;
  return static_cast<double>(count) / static_cast<double>(most * threads);
}

// Rows, or panels where they can be shared more evenly.
template <typename Run>
void share_convolution(const StepContext& context, const ImageSizes& sizes, std::int64_t work,
                       const Run& run) {
  const std::int64_t panels = panels_of(sizes.channels);
  const std::int64_t threads = context.team == nullptr ? 1 : context.team->size();
  if (balance(panels, threads) > balance(sizes.rows, threads)) {
    share_by_members(context, panels, work, [&](std::int64_t first, std::int64_t end, int member) {
      run(ConvolutionPart{.end_row = sizes.rows,
                          .first_panel = first,
                          .end_panel = end,
                          .scratch = context.scratch_of(member)});
    });
  } else {
    share_by_members(context, sizes.rows, work,
                     [&](std::int64_t first, std::int64_t end, int member) {
                       run(ConvolutionPart{.first_row = first,
                                           .end_row = end,
                                           .end_panel = panels,
                                           .scratch = context.scratch_of(member)});
                     });
  }
}

}  // namespace vernier
