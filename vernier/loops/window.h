#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

namespace vernier {

/// A window that slides over up to three spatial axes: depth, height, width; an axis that is
/// missing has the values below. Position i of the coarse grid and tap k of the kernel meet at
/// position i * stride + k * dilation - pad of the fine grid. The fine grid is the input of a
/// convolution or pooling and the output of a transposed convolution.
struct Window {
  using Axes = std::array<std::int64_t, 3>;

  Axes fine = {1, 1, 1};
  Axes coarse = {1, 1, 1};
  Axes kernel = {1, 1, 1};
  Axes strides = {1, 1, 1};
  Axes dilations = {1, 1, 1};
  Axes pads = {0, 0, 0};      ///< before the first position
  Axes end_pads = {0, 0, 0};  ///< behind the last one

  std::int64_t fine_size() const { return fine[0] * fine[1] * fine[2]; }
  std::int64_t coarse_size() const { return coarse[0] * coarse[1] * coarse[2]; }
  std::int64_t taps() const { return kernel[0] * kernel[1] * kernel[2]; }
};

/// The coarse positions of an axis for which a tap falls inside the fine grid: first, end.
struct Interval {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

inline Interval covered(const Window& window, std::size_t axis, std::int64_t tap) {
  const std::int64_t stride = window.strides[axis];
  const std::int64_t shift = window.pads[axis] - tap * window.dilations[axis];
  const std::int64_t first = shift > 0 ? (shift + stride - 1) / stride : 0;
  const std::int64_t reach = window.fine[axis] - 1 + shift;
  const std::int64_t end = reach < 0 ? 0 : std::min(window.coarse[axis], reach / stride + 1);
  return {first, std::max(first, end)};
}

/// Where a tap meets the fine grid from a position of the coarse one; -1 outside.
inline std::int64_t fine_place(const Window& window, std::int64_t tap, std::int64_t place) {
  std::int64_t fine = 0;
  std::int64_t taps = window.taps();
  std::int64_t places = window.coarse_size();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    taps /= window.kernel[axis];
    places /= window.coarse[axis];
    const std::int64_t position = place / places % window.coarse[axis] * window.strides[axis] +
                                  tap / taps % window.kernel[axis] * window.dilations[axis] -
                                  window.pads[axis];
    if (position < 0 || position >= window.fine[axis]) return -1;
    fine = fine * window.fine[axis] + position;
  }
  return fine;
}

/// Calls row(fine, coarse, count) for every stretch of elements on which a tap meets the fine grid,
/// front to back: offsets of its first element in both grids and its length. Along it, coarse goes
/// in steps of 1 and fine in steps of strides[2]. `tap` counts through the kernel row-major. Rows
/// that follow each other without a gap in both grids are one stretch.
template <typename Row>
void for_each_row(const Window& window, std::int64_t tap, Row&& row) {
  const Window::Axes taps = {tap / (window.kernel[1] * window.kernel[2]),
                             tap / window.kernel[2] % window.kernel[1], tap % window.kernel[2]};
  Window::Axes shift;
  std::array<Interval, 3> inside;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    shift[axis] = taps[axis] * window.dilations[axis] - window.pads[axis];
    inside[axis] = covered(window, axis, taps[axis]);
  }
  const auto [first, end] = inside[2];
  if (first == end) return;
  const auto [top, bottom] = inside[1];
  const bool joined = end - first == window.coarse[2] && window.coarse[2] == window.fine[2] &&
                      window.strides[1] == 1 && window.strides[2] == 1;
  const std::int64_t rows = joined ? bottom - top : 1;
  for (std::int64_t depth = inside[0].first; depth < inside[0].end; ++depth) {
    for (std::int64_t height = top; height < bottom; height += rows) {
      const std::int64_t fine_row = (depth * window.strides[0] + shift[0]) * window.fine[1] +
                                    height * window.strides[1] + shift[1];
      const std::int64_t coarse_row = depth * window.coarse[1] + height;
      row(fine_row * window.fine[2] + first * window.strides[2] + shift[2],
          coarse_row * window.coarse[2] + first, rows * (end - first));
    }
  }
}

}  // namespace vernier
