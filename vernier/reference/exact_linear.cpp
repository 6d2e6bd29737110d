// Layers in plain integers: sums[o] += w[o, i, tap] * x[i] seen through the tap. The inner loop
// runs along all pixels of one channel.

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

VERNIER_VECTOR_CLONES
void add_products(std::span<const std::int32_t> weights, const std::int32_t* __restrict columns,
                  std::span<std::int32_t> result) {
  std::int32_t* __restrict sums = result.data();
  const std::size_t pixels = result.size();
  for (const std::int32_t weight : weights) {
    for (std::size_t pixel = 0; pixel < pixels; ++pixel) sums[pixel] += weight * columns[pixel];
    columns += pixels;
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

// Channel `channel` of x onto every output channel of its group.
void convolve(const Layer& layer, std::int64_t channel, const std::int32_t* x, std::int32_t* sums) {
  const auto taps = static_cast<std::size_t>(layer.window.taps());
  const auto pixels = static_cast<std::size_t>(layer.window.coarse_size());
  std::vector<std::int32_t> columns(taps * pixels);
  fill_columns(layer.window, x, columns);
  const std::int64_t first = channel / layer.inputs * layer.outputs;
  for (std::int64_t output = first; output < first + layer.outputs; ++output) {
    const auto kernel = static_cast<std::size_t>(output * layer.inputs + channel % layer.inputs);
    add_products(std::span(layer.weights).subspan(kernel * taps, taps), columns.data(),
                 {sums + output * layer.window.coarse_size(), pixels});
  }
}

// The same for a transposed convolution: each element of x adds its product where each tap lies.
void convolve_transposed(const Layer& layer, std::int64_t channel, const std::int32_t* x,
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

}  // namespace

Tensor linear_sums(const IntegerLinear& linear, const Tensor& x, const Shape& shape) {
  Tensor sums = biases(linear, shape);
  Layer layer{.weights = centred_weights(linear)};
  if (std::holds_alternative<Gemm>(linear.op)) {
    multiply(layer, x, sums);
    return sums;
  }
  const auto* transposed = std::get_if<ConvTranspose>(&linear.op);
  const Shape& weight = linear.weight.shape();
  const std::int64_t groups = transposed ? transposed->group : std::get<Conv>(linear.op).group;
  layer.window = spatial_window(linear.op, x.shape(), shape, std::span(weight).subspan(2));
  layer.inputs = x.shape()[1] / groups;
  layer.outputs = shape[1] / groups;

  const std::int64_t x_plane = x.size() / x.shape()[0] / x.shape()[1];
  const std::int64_t image_sums = sums.size() / shape[0];
  std::int32_t* result = sums.edit<std::int32_t>().data();
  for (std::int64_t plane = 0; plane < x.shape()[0] * x.shape()[1]; ++plane) {
    (transposed ? convolve_transposed : convolve)(layer, plane % x.shape()[1],
                                                  x.view<std::int32_t>().data() + plane * x_plane,
                                                  result + plane / x.shape()[1] * image_sums);
  }
  return sums;
}

}  // namespace vernier
