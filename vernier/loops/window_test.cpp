#include "vernier/loops/window.h"

#include <map>
#include <tuple>

#include <gtest/gtest.h>

namespace vernier {
namespace {

using Meeting = std::tuple<std::int64_t, std::int64_t, std::int64_t>;  // tap, fine, coarse

std::map<Meeting, int> meetings_by_rows(const Window& window) {
  std::map<Meeting, int> meetings;
  for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
    for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) {
        ++meetings[{tap, fine + i * window.strides[2], coarse + i}];
      }
    });
  }
  return meetings;
}

// The definition, element by element.
void meet(const Window& window, std::int64_t tap, std::int64_t coarse,
          std::map<Meeting, int>& meetings) {
  std::int64_t fine = 0;
  const Window::Axes taps = {tap / (window.kernel[1] * window.kernel[2]),
                             tap / window.kernel[2] % window.kernel[1], tap % window.kernel[2]};
  const Window::Axes positions = {coarse / (window.coarse[1] * window.coarse[2]),
                                  coarse / window.coarse[2] % window.coarse[1],
                                  coarse % window.coarse[2]};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t at = positions[axis] * window.strides[axis] +
                            taps[axis] * window.dilations[axis] - window.pads[axis];
    if (at < 0 || at >= window.fine[axis]) return;
    fine = fine * window.fine[axis] + at;
  }
  ++meetings[{tap, fine, coarse}];
}

TEST(Window, RowsMeetWhatTheDefinitionSays) {
  const std::vector<Window> windows = {
      {.fine = {1, 5, 6}, .coarse = {1, 5, 6}, .kernel = {1, 3, 3}, .pads = {0, 1, 1}},
      {.fine = {1, 7, 7},
       .coarse = {1, 4, 4},
       .kernel = {1, 3, 3},
       .strides = {1, 2, 2},
       .pads = {0, 1, 1}},
      {.fine = {4, 5, 6},
       .coarse = {2, 2, 3},
       .kernel = {2, 2, 3},
       .strides = {2, 3, 2},
       .dilations = {1, 2, 1}},
      {.fine = {1, 1, 9},
       .coarse = {1, 1, 4},
       .kernel = {1, 1, 2},
       .strides = {1, 1, 3},
       .dilations = {1, 1, 4},
       .pads = {0, 0, 2}},
      {.fine = {1, 1, 2}, .coarse = {1, 1, 8}, .kernel = {1, 1, 1}, .pads = {0, 0, 3}},
      {.fine = {2, 3, 4}, .coarse = {2, 3, 4}},
      {.fine = {2, 3, 4}, .coarse = {2, 2, 4}, .kernel = {1, 2, 1}},
      {.fine = {1, 1, 0}, .coarse = {1, 1, 4}, .kernel = {1, 1, 2}, .pads = {0, 0, 2}},
  };
  for (std::size_t i = 0; i < windows.size(); ++i) {
    std::map<Meeting, int> expected;
    for (std::int64_t tap = 0; tap < windows[i].taps(); ++tap) {
      for (std::int64_t coarse = 0; coarse < windows[i].coarse_size(); ++coarse) {
        meet(windows[i], tap, coarse, expected);
      }
    }
    EXPECT_EQ(meetings_by_rows(windows[i]), expected) << "window " << i;
  }
}

}  // namespace
}  // namespace vernier
