// Layers in plain integers: sums[o] += w[o, i, tap] * x[i] seen through the tap. The inner loop
// runs along all pixels of one channel; a few channels of x are seen at a time, so that each sum is
// touched less often. Integers: the order does not matter.

#include "vernier/reference/exact_linear.h"

#include <algorithm>

#include "vernier/base/vector_clones.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

struct Layer {
  Window window;
  std::int64_t inputs = 0;   // channels of x in one group
  std::int64_t outputs = 0;  // channels of the result in one group
  std::vector<std::int32_t> weights;
};

// sums[pixel] += weights[k] * columns[k][pixel], four k at a time.
VERNIER_VECTOR_CLONES
void add_products(std::span<const std::int32_t> weights, const std::int32_t* __restrict columns,
                  std::span<std::int32_t> result) {
  std::int32_t* __restrict sums = result.data();
  const std::size_t pixels = result.size();
  std::size_t k = 0;
  for (; k + 4 <= weights.size(); k += 4, columns += 4 * pixels) {
    const std::int32_t* w = weights.data() + k;
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
      sums[pixel] += w[0] * columns[pixel] + w[1] * columns[pixels + pixel] +
                     w[2] * columns[2 * pixels + pixel] + w[3] * columns[3 * pixels + pixel];
    }
  }
  for (; k < weights.size(); ++k, columns += pixels) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) sums[pixel] += weights[k] * columns[pixel];
  }
}

// One plane of x seen through every tap: [taps, output pixels], 0 where a tap meets padding.
void fill_columns(const Window& window, const std::int32_t* x, std::span<std::int32_t> columns) {
  std::ranges::fill(columns, 0);
  for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
    std::int32_t* column = columns.data() + tap * window.coarse_size();
    for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
      for (std::int64_t i = 0; i < count; ++i) column[coarse + i] = x[fine + i * window.strides[2]];
    });
  }
}

// Columns of at most about this many elements are seen at a time: they stay in a cache.
constexpr std::int64_t most_columns = 1 << 16;

// All channels of one image onto every output channel of their groups.
void convolve(const Layer& layer, std::int64_t channels, const std::int32_t* x,
              std::int32_t* sums) {
  const std::int64_t taps = layer.window.taps();
  const std::int64_t pixels = layer.window.coarse_size();
  const std::int64_t block =
      std::clamp<std::int64_t>(most_columns / (taps * pixels), 1, layer.inputs);
  std::vector<std::int32_t> columns(static_cast<std::size_t>(block * taps * pixels));
  for (std::int64_t first = 0, count = 0; first < channels; first += count) {
    const std::int64_t place = first % layer.inputs;  // in its group
    count = std::min(block, layer.inputs - place);
    for (std::int64_t i = 0; i < count; ++i) {
      const auto column = static_cast<std::size_t>(i * taps * pixels);
      const std::int32_t* plane = x + (first + i) * layer.window.fine_size();
      fill_columns(layer.window, plane,
                   std::span(columns).subspan(column, static_cast<std::size_t>(taps * pixels)));
    }
    const std::int64_t output = first / layer.inputs * layer.outputs;
    for (std::int64_t o = output; o < output + layer.outputs; ++o) {
      const auto weights = static_cast<std::size_t>((o * layer.inputs + place) * taps);
      add_products(
          std::span(layer.weights).subspan(weights, static_cast<std::size_t>(count * taps)),
          columns.data(), {sums + o * pixels, static_cast<std::size_t>(pixels)});
    }
  }
}

// Channel `channel` of x through a transposed convolution: each element adds its product where each
// tap lies.
void transpose_channel(const Layer& layer, std::int64_t channel, const std::int32_t* x,
                       std::int32_t* sums) {
  const Window& window = layer.window;
  for (std::int64_t output = 0; output < layer.outputs; ++output) {
    const std::int64_t plane = channel / layer.inputs * layer.outputs + output;
    std::int32_t* result = sums + plane * window.fine_size();
    for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
      const auto element = (channel * layer.outputs + output) * window.taps() + tap;
      const std::int32_t weight = layer.weights[static_cast<std::size_t>(element)];
      for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
          result[fine + i * window.strides[2]] += weight * x[coarse + i];
        }
      });
    }
  }
}

void convolve_transposed(const Layer& layer, std::int64_t channels, const std::int32_t* x,
                         std::int32_t* sums) {
  for (std::int64_t channel = 0; channel < channels; ++channel) {
    transpose_channel(layer, channel, x + channel * layer.window.coarse_size(), sums);
  }
}

// x [M, K], weights [O, K].
void multiply(const Layer& layer, const Tensor& x, Tensor& sums) {
  const auto elements = x.view<std::int32_t>();
  const auto depth = static_cast<std::size_t>(x.shape()[1]);
  const std::size_t outputs = layer.weights.size() / depth;
  const auto results = sums.edit<std::int32_t>();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const std::int32_t* row = elements.data() + i / outputs * depth;
    const std::int32_t* weights = layer.weights.data() + i % outputs * depth;
    for (std::size_t k = 0; k < depth; ++k) results[i] += row[k] * weights[k];
  }
}

Tensor biases(const IntegerLinear& linear, const Shape& shape) {
  Tensor sums(DType::i32, shape);
  const std::int64_t plane = element_count({shape.begin() + 2, shape.end()});
  std::int32_t* sum = sums.edit<std::int32_t>().data();
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    for (const std::int32_t bias : linear.bias) sum = std::fill_n(sum, plane, bias);
  }
  return sums;
}

// All images of x by `body`, which convolves one.
Tensor sums_of_images(const IntegerLinear& linear, const Layer& layer, const Tensor& x,
                      const Shape& shape, decltype(convolve)& body) {
  Tensor sums = biases(linear, shape);
  const std::int64_t image_size = x.size() / x.shape()[0];
  const std::int64_t image_sums = sums.size() / shape[0];
  const std::int32_t* elements = x.view<std::int32_t>().data();
  std::int32_t* result = sums.edit<std::int32_t>().data();
  for (std::int64_t image = 0; image < shape[0]; ++image)
    body(layer, x.shape()[1], elements + image * image_size, result + image * image_sums);
  return sums;
}

Layer layer_of(const IntegerLinear& linear, const Tensor& x, const Shape& shape) {
  const auto* transposed = std::get_if<ConvTranspose>(&linear.op);
  const Shape& weight = linear.weight.shape();
  const std::int64_t groups = transposed ? transposed->group : std::get<Conv>(linear.op).group;
  return {.window = spatial_window(linear.op, x.shape(), shape, std::span(weight).subspan(2)),
          .inputs = x.shape()[1] / groups,
          .outputs = shape[1] / groups,
          .weights = centred_weights(linear)};
}

}  // namespace

Tensor linear_sums(const IntegerLinear& linear, const Tensor& x, const Shape& shape) {
  if (std::holds_alternative<Gemm>(linear.op)) {
    Tensor sums = biases(linear, shape);
    multiply({.weights = centred_weights(linear)}, x, sums);
    return sums;
  }
  const bool transposed = std::holds_alternative<ConvTranspose>(linear.op);
  return sums_of_images(linear, layer_of(linear, x, shape), x, shape,
                        transposed ? convolve_transposed : convolve);
}

}  // namespace vernier
