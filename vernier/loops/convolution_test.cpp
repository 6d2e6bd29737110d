#include "vernier/loops/convolution.h"

#include <gtest/gtest.h>

#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

// Where a tap of a window lies on an axis of the fine grid, or -1.
std::int64_t fine_position(const Window& window, std::size_t axis, std::int64_t coarse,
                           std::int64_t tap) {
  const std::int64_t at =
      coarse * window.strides[axis] + tap * window.dilations[axis] - window.pads[axis];
  return at < window.fine[axis] ? at : -1;
}

Window::Axes position(const Window::Axes& sizes, std::int64_t element) {
  return {element / (sizes[1] * sizes[2]), element / sizes[2] % sizes[1], element % sizes[2]};
}

// Element `fine` of the fine grid that a tap of the window at `coarse` meets, or -1.
std::int64_t met(const Window& window, std::int64_t coarse, std::int64_t tap) {
  const Window::Axes at = position(window.coarse, coarse);
  const Window::Axes taps = position(window.kernel, tap);
  std::int64_t fine = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t index = fine_position(window, axis, at[axis], taps[axis]);
    if (index < 0) return -1;
    fine = fine * window.fine[axis] + index;
  }
  return fine;
}

struct Arrays {
  std::vector<float> x;
  std::vector<float> weight;
  std::vector<float> bias;
  std::vector<float> y;

  ConvolutionArrays pointers() { return {x.data(), weight.data(), bias.data(), y.data()}; }
};

Arrays random_arrays(const Convolution& c, bool transposed) {
  const std::int64_t fine = c.window.fine_size();
  const std::int64_t coarse = c.window.coarse_size();
  const std::int64_t x = c.batch * c.channels_in * (transposed ? coarse : fine);
  const std::int64_t y = c.batch * c.channels_out * (transposed ? fine : coarse);
  const std::int64_t weight = c.channels_in * c.channels_out / c.group * c.window.taps();
  return {random_array(x, 1), random_array(weight, 2), random_array(c.channels_out, 3),
          random_array(y, 4)};
}

// One element of the result of a convolution, by its definition and in its order of additions.
float element(const Convolution& c, const Arrays& arrays, std::int64_t image, std::int64_t channel,
              std::int64_t coarse) {
  const std::int64_t group_in = c.channels_in / c.group;
  const std::int64_t first = channel / (c.channels_out / c.group) * group_in;
  float sum = 0.0F;
  for (std::int64_t i = 0; i < group_in; ++i) {
    for (std::int64_t tap = 0; tap < c.window.taps(); ++tap) {
      const std::int64_t fine = met(c.window, coarse, tap);
      if (fine < 0) continue;
      const std::int64_t x = (image * c.channels_in + first + i) * c.window.fine_size() + fine;
      const std::int64_t weight = (channel * group_in + i) * c.window.taps() + tap;
      sum +=
          arrays.weight[static_cast<std::size_t>(weight)] * arrays.x[static_cast<std::size_t>(x)];
    }
  }
  return sum + arrays.bias[static_cast<std::size_t>(channel)];
}

const std::vector<Convolution>& convolutions() {
  static const std::vector<Convolution> all = {
      {.window = {.fine = {1, 5, 6}, .coarse = {1, 5, 6}, .kernel = {1, 3, 3}, .pads = {0, 1, 1}},
       .batch = 2,
       .channels_in = 3,
       .channels_out = 4},
      {.window = {.fine = {1, 7, 7},
                  .coarse = {1, 4, 3},
                  .kernel = {1, 3, 3},
                  .strides = {1, 2, 2},
                  .pads = {0, 1, 0}},
       .channels_in = 4,
       .channels_out = 6,
       .group = 2},
      {.window =
           {.fine = {1, 6, 9}, .coarse = {1, 4, 5}, .kernel = {1, 2, 3}, .dilations = {1, 2, 2}},
       .channels_in = 5,
       .channels_out = 5,
       .group = 5},
      {.window = {.fine = {1, 1, 12},
                  .coarse = {1, 1, 6},
                  .kernel = {1, 1, 4},
                  .strides = {1, 1, 2},
                  .pads = {0, 0, 1}},
       .batch = 3,
       .channels_in = 2,
       .channels_out = 3},
      {.window = {.fine = {3, 4, 5}, .coarse = {2, 3, 3}, .kernel = {2, 2, 3}},
       .channels_in = 2,
       .channels_out = 2},
      {.window = {.fine = {1, 4, 4}, .coarse = {1, 4, 4}}, .channels_in = 8, .channels_out = 3},
      {.window = {.fine = {1, 7, 7}, .coarse = {1, 7, 7}},
       .batch = 2,
       .channels_in = 6,
       .channels_out = 4,
       .group = 2},
      {.window = {.fine = {1, 7, 7}, .coarse = {1, 7, 7}},
       .batch = 2,
       .channels_in = 6,
       .channels_out = 14,
       .group = 2},
      {.window = {.fine = {1, 4, 8}, .coarse = {1, 4, 8}}, .channels_in = 3, .channels_out = 2},
  };
  return all;
}

TEST(Convolve, EqualsItsDefinitionToTheLastBit) {
  for (const Convolution& c : convolutions()) {
    Arrays arrays = random_arrays(c, false);
    convolve(c, arrays.pointers());
    std::size_t next = 0;
    for (std::int64_t image = 0; image < c.batch; ++image) {
      for (std::int64_t channel = 0; channel < c.channels_out; ++channel) {
        for (std::int64_t coarse = 0; coarse < c.window.coarse_size(); ++coarse) {
          ASSERT_EQ(arrays.y[next++], element(c, arrays, image, channel, coarse))
              << "convolution " << &c - convolutions().data() << ", channel " << channel
              << ", element " << coarse;
        }
      }
    }
  }
}

double inner_product(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  }
  return sum;
}

// The transposed convolution is the transpose of the convolution with the same weight, which is
// [outputs, inputs / group] for the one and [inputs, outputs / group] for the other:
// <conv(x), z> = <x, conv_transposed(z)>.
TEST(ConvolveTransposed, IsTheTransposeOfConvolve) {
  for (const Convolution& c : convolutions()) {
    Arrays forward = random_arrays(c, false);
    const Convolution swapped = {.window = c.window,
                                 .batch = c.batch,
                                 .channels_in = c.channels_out,
                                 .channels_out = c.channels_in,
                                 .group = c.group};
    Arrays backward = random_arrays(swapped, true);
    backward.weight = forward.weight;
    std::ranges::fill(forward.bias, 0.0F);
    std::ranges::fill(backward.bias, 0.0F);
    convolve(c, forward.pointers());
    convolve_transposed(swapped, backward.pointers());
    EXPECT_NEAR(inner_product(forward.y, backward.x), inner_product(forward.x, backward.y), 1e-3)
        << "convolution " << &c - convolutions().data();
  }
}

TEST(ConvolveTransposed, SpreadsEachElementAndAddsTheBias) {
  const Convolution c = {
      .window = {
          .fine = {1, 1, 5}, .coarse = {1, 1, 2}, .kernel = {1, 1, 3}, .strides = {1, 1, 2}}};
  Arrays arrays = {{1, 10}, {1, 2, 3}, {100}, std::vector<float>(5)};
  convolve_transposed(c, arrays.pointers());
  EXPECT_EQ(arrays.y, (std::vector<float>{101, 102, 113, 120, 130}));
}

}  // namespace
}  // namespace vernier
