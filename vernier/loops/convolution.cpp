// The innermost loop runs along a row of the result, so that it becomes a vector loop although each
// element keeps its order of additions.

#include "vernier/loops/convolution.h"

#include <algorithm>
#include <array>

#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

struct Row {
  std::int64_t count;
  std::int64_t x_step;
  std::int64_t y_step;
};

VERNIER_VECTOR_CLONES
void add_scaled(const Row& row, float weight, const float* __restrict x, float* __restrict y) {
  if (row.x_step == 1 && row.y_step == 1) {
    for (std::int64_t i = 0; i < row.count; ++i) y[i] += weight * x[i];
  } else {
    for (std::int64_t i = 0; i < row.count; ++i) y[i * row.y_step] += weight * x[i * row.x_step];
  }
}

// A convolution of one tap without steps, for some channels of y: their elements stay in registers
// while the channels of x pass, `count` of them, `size` elements each. Several, so that an addition
// need not wait for the last one.
constexpr std::int64_t tile = 32;
constexpr std::int64_t channels_at_once = 4;

VERNIER_VECTOR_CLONES
void sum_planes(std::int64_t count, std::int64_t size, const float* weights,
                const float* __restrict x, float* __restrict y) {
  for (std::int64_t next = 0; next < size; next += tile) {
    const std::int64_t begin = std::min(next, size - tile);  // the last tile repeats some
    std::array<std::array<float, tile>, channels_at_once> sums{};
    for (std::int64_t i = 0; i < count; ++i) {
      const float* plane = x + i * size + begin;
      for (std::size_t c = 0; c < sums.size(); ++c) {
        const float weight = weights[static_cast<std::int64_t>(c) * count + i];
        for (std::size_t k = 0; k < tile; ++k) sums[c][k] += weight * plane[k];
      }
    }
    for (std::size_t c = 0; c < sums.size(); ++c)
      std::ranges::copy(sums[c], y + static_cast<std::int64_t>(c) * size + begin);
  }
}

// And at least a tile large.
bool is_pointwise(const Convolution& c) {
  const Window& window = c.window;
  return window.taps() == 1 && window.fine == window.coarse &&
         window.strides == Window::Axes{1, 1, 1} && window.coarse_size() >= tile &&
         c.channels_out / c.group >= channels_at_once;
}

// All channels of one group of the result, for one image, without the bias.
void compute_group(const Convolution& c, const ConvolutionArrays& arrays, std::int64_t image,
                   std::int64_t group) {
  const std::int64_t size = c.window.coarse_size();
  const std::int64_t group_in = c.channels_in / c.group;
  const std::int64_t group_out = c.channels_out / c.group;
  const float* x = arrays.x + (image * c.channels_in + group * group_in) * size;
  const float* weight = arrays.weight + group * group_out * group_in;
  float* y = arrays.y + (image * c.channels_out + group * group_out) * size;
  for (std::int64_t next = 0; next < group_out; next += channels_at_once) {
    const std::int64_t begin = std::min(next, group_out - channels_at_once);  // as the last tile
    sum_planes(group_in, size, weight + begin * group_in, x, y + begin * size);
  }
}

void add_bias(const Convolution& c, std::int64_t size, const ConvolutionArrays& arrays) {
  float* y = arrays.y;
  for (std::int64_t channel = 0; channel < c.batch * c.channels_out; ++channel, y += size) {
    const float bias = arrays.bias[channel % c.channels_out];
    for (std::int64_t i = 0; i < size; ++i) y[i] += bias;
  }
}

// One channel of x through one kernel onto one channel of y. x is the fine grid, or the coarse one
// when transposed.
template <bool Transposed>
void add_channel(const Window& window, const float* kernel, const float* x, float* y) {
  for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
    for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
      if constexpr (Transposed) {
        add_scaled({count, 1, window.strides[2]}, kernel[tap], x + coarse, y + fine);
      } else {
        add_scaled({count, window.strides[2], 1}, kernel[tap], x + fine, y + coarse);
      }
    });
  }
}

// One channel of the result, for one image, without the bias.
template <bool Transposed>
void compute_channel(const Convolution& c, const ConvolutionArrays& arrays, std::int64_t image,
                     std::int64_t channel) {
  const std::int64_t x_size = Transposed ? c.window.coarse_size() : c.window.fine_size();
  const std::int64_t y_size = Transposed ? c.window.fine_size() : c.window.coarse_size();
  const std::int64_t group_in = c.channels_in / c.group;
  const std::int64_t group_out = c.channels_out / c.group;
  const std::int64_t first = channel / group_out * group_in;
  const float* x = arrays.x + (image * c.channels_in + first) * x_size;
  float* y = arrays.y + (image * c.channels_out + channel) * y_size;
  std::fill_n(y, y_size, 0.0F);
  for (std::int64_t i = 0; i < group_in; ++i) {
    const std::int64_t kernel =
        Transposed ? (first + i) * group_out + channel % group_out : channel * group_in + i;
    add_channel<Transposed>(c.window, arrays.weight + kernel * c.window.taps(), x + i * x_size, y);
  }
}

// Calls compute(image, part) for each of `count` parts of every image.
template <typename Compute>
void for_each_part(const Convolution& c, std::int64_t count, const Compute& compute) {
  for (std::int64_t image = 0; image < c.batch; ++image) {
    for (std::int64_t part = 0; part < count; ++part) compute(image, part);
  }
}

}  // namespace

void convolve(const Convolution& convolution, const ConvolutionArrays& arrays) {
  if (is_pointwise(convolution)) {
    for_each_part(convolution, convolution.group, [&](auto image, auto group) {
      compute_group(convolution, arrays, image, group);
    });
  } else {
    for_each_part(convolution, convolution.channels_out, [&](auto image, auto channel) {
      compute_channel<false>(convolution, arrays, image, channel);
    });
  }
  add_bias(convolution, convolution.window.coarse_size(), arrays);
}

void convolve_transposed(const Convolution& convolution, const ConvolutionArrays& arrays) {
  for_each_part(convolution, convolution.channels_out, [&](auto image, auto channel) {
    compute_channel<true>(convolution, arrays, image, channel);
  });
  add_bias(convolution, convolution.window.fine_size(), arrays);
}

}  // namespace vernier
