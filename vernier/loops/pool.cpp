#include "vernier/loops/pool.h"

#include <limits>

namespace vernier {
namespace {

// How many taps of the window at this position lie on the axis; or on it and its padding.
std::int64_t taps_inside(const Window& window, std::size_t axis, PoolDivisor divisor,
                         std::int64_t position) {
  const bool padded = divisor == PoolDivisor::elements_and_padding;
  const std::int64_t lo = padded ? -window.pads[axis] : 0;
  const std::int64_t end = window.fine[axis] + (padded ? window.end_pads[axis] : 0);
  const std::int64_t start = position * window.strides[axis] - window.pads[axis];
  std::int64_t count = 0;
  for (std::int64_t tap = 0; tap < window.kernel[axis]; ++tap) {
    const std::int64_t at = start + tap * window.dilations[axis];
    if (at >= lo && at < end) ++count;
  }
  return count;
}

void divide_by_counts(const Window& window, PoolDivisor divisor, float* y) {
  for (std::int64_t i = 0; i < window.coarse_size(); ++i) {
    const Window::Axes position = {i / (window.coarse[1] * window.coarse[2]),
                                   i / window.coarse[2] % window.coarse[1], i % window.coarse[2]};
    std::int64_t count = 1;
    for (std::size_t axis = 0; axis < 3; ++axis) {
      count *= taps_inside(window, axis, divisor, position[axis]);
    }
    y[i] /= static_cast<float>(count);
  }
}

}  // namespace

void max_pool(const Pooling& pooling, const float* x, float* y) {
  const Window& window = pooling.window;
  std::fill_n(y, pooling.planes * window.coarse_size(), -std::numeric_limits<float>::infinity());
  for (std::int64_t plane = 0; plane < pooling.planes; ++plane) {
    for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
      for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
          y[coarse + i] = std::max(y[coarse + i], x[fine + i * window.strides[2]]);
        }
      });
    }
    x += window.fine_size();
    y += window.coarse_size();
  }
}

void average_pool(const Pooling& pooling, PoolDivisor divisor, const float* x, float* y) {
  const Window& window = pooling.window;
  std::fill_n(y, pooling.planes * window.coarse_size(), 0.0F);
  for (std::int64_t plane = 0; plane < pooling.planes; ++plane) {
    for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
      for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) y[coarse + i] += x[fine + i * window.strides[2]];
      });
    }
    divide_by_counts(window, divisor, y);
    x += window.fine_size();
    y += window.coarse_size();
  }
}

}  // namespace vernier
