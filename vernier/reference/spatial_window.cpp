#include "vernier/reference/spatial_window.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

// More than any network has, and few enough for a loop over them.
constexpr std::int64_t most_taps = std::int64_t{1} << 24;

struct Sliding {
  Ints kernel;
  Ints strides;
  Ints dilations;
  Ints pads;
};

Sliding sliding(const Op& op, const Shape& x, std::span<const std::int64_t> kernel) {
  if (const auto* conv = std::get_if<Conv>(&op)) {
    return {{kernel.begin(), kernel.end()}, conv->strides, conv->dilations, conv->pads};
  }
  if (const auto* conv = std::get_if<ConvTranspose>(&op)) {
    return {{kernel.begin(), kernel.end()}, conv->strides, conv->dilations, conv->pads};
  }
  if (const auto* pool = std::get_if<MaxPool>(&op)) {
    return {pool->kernel_shape, pool->strides, pool->dilations, pool->pads};
  }
  if (const auto* pool = std::get_if<AveragePool>(&op)) {
    return {pool->kernel_shape, pool->strides, Ints(pool->strides.size(), 1), pool->pads};
  }
  const std::size_t spatial = x.size() - 2;
  return {{x.begin() + 2, x.end()}, Ints(spatial, 1), Ints(spatial, 1), Ints(2 * spatial, 0)};
}

// Along one axis, by output position.
std::vector<std::int64_t> axis_counts(const Window& window, std::size_t axis, bool padded) {
  std::vector<std::int64_t> counts;
  for (std::int64_t position = 0; position < window.coarse[axis]; ++position) {
    const std::int64_t begin = position * window.strides[axis] - window.pads[axis];
    const std::int64_t end = begin + window.kernel[axis];
    const std::int64_t size = window.fine[axis];
    counts.push_back(padded ? std::min(end, size + window.end_pads[axis]) - begin
                            : std::min(end, size) - std::max<std::int64_t>(begin, 0));
  }
  return counts;
}

}  // namespace

Window spatial_window(const Op& op, const Shape& x, const Shape& y,
                      std::span<const std::int64_t> kernel) {
  const Sliding parts = sliding(op, x, kernel);
  const bool transposed = std::holds_alternative<ConvTranspose>(op);
  const std::size_t spatial = parts.kernel.size();
  Window window;
  if (spatial > 3) fail("{}: {} spatial axes, expected at most 3", type_name(op), spatial);
  for (std::size_t i = 0; i < spatial; ++i) {
    const std::size_t axis = 3 - spatial + i;
    const std::int64_t result = i + 2 < y.size() ? y[i + 2] : 1;  // a mean may drop its axes
    window.fine[axis] = transposed ? result : x[i + 2];
    window.coarse[axis] = transposed ? x[i + 2] : result;
    window.kernel[axis] = parts.kernel[i];
    window.strides[axis] = parts.strides[i];
    window.dilations[axis] = parts.dilations[i];
    window.pads[axis] = parts.pads[i];
    window.end_pads[axis] = parts.pads[i + spatial];
    if (window.kernel[axis] > most_taps || window.taps() > most_taps) {
      fail("{}: a kernel {} of more than 2^24 elements", type_name(op), to_string(parts.kernel));
    }
  }
  return window;
}

std::vector<std::int64_t> window_counts(const Op& op, const Window& window) {
  const auto* pool = std::get_if<AveragePool>(&op);
  std::vector<std::int64_t> counts = {1};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const bool padded = pool != nullptr && pool->count_include_pad;
    std::vector<std::int64_t> products;
    for (const std::int64_t outer : counts) {
      for (const std::int64_t each : axis_counts(window, axis, padded)) {
        products.push_back(outer * each);
      }
    }
    counts = std::move(products);
  }
  return counts;
}

}  // namespace vernier
