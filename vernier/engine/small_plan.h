#pragma once

// For tests: a plan written by hand, y = relu(conv3x3(x)) averaged over the plane, and its table.
//
//   x [1,2,4,4] f32 -> u8 with a border of 1 -> convolution, 3 channels -> average -> f32

#include <algorithm>
#include <vector>

#include "vernier/engine/plan.h"

namespace vernier {

class SmallPlan {
 public:
  static Plan make() { return SmallPlan().plan_; }

 private:
  SmallPlan() {
    plan_.any_batch = true;
    plan_.inputs = {{"x", add_floats("x", {1, 2, 4, 4}, Place::input)}};
    plan_.outputs = {{"y", add_floats("y", {1, 3, 1, 1}, Place::output)}};
    const BufferId x = add_images("x", {1, 2, 4, 4}, 1);
    const BufferId convolved = add_images("convolved", {1, 3, 4, 4}, 0);
    const BufferId averaged = add_images("averaged", {1, 3, 1, 1}, 0);
    add_quantize(x);
    add_convolution(x, convolved);
    add_average(convolved, averaged);
    add("y", DequantizeStep{.sizes = {3},
                            .x = {.buffer = averaged, .strides = {1}},
                            .y = {.buffer = plan_.outputs[0].buffer, .strides = {1}}});
  }

  template <typename StepType>
  void add(std::string name, StepType step) {
    plan_.steps.push_back({.name = std::move(name), .op = std::move(step)});
  }

  BufferId add_buffer(Buffer buffer) {
    if (buffer.place == Place::arena) {
      buffer.offset = (plan_.arena_bytes + 63) / 64 * 64;
      plan_.arena_bytes = buffer.offset + buffer.size;
    }
    plan_.buffers.push_back(std::move(buffer));
    return static_cast<BufferId>(plan_.buffers.size() - 1);
  }

  BufferId add_floats(std::string name, const Shape& shape, Place place) {
    return add_buffer(
        {.name = std::move(name),
         .element = Element::f32,
         .place = place,
         .size = element_count(shape),
         .shape = shape,
         .strides = {shape[1] * shape[2] * shape[3], shape[2] * shape[3], shape[3], 1}});
  }

  // Scale 1/16, zero point 128.
  BufferId add_images(std::string name, const Shape& shape, std::int64_t border) {
    const std::int64_t row = shape[1] * (shape[3] + 2 * border);
    const std::int64_t image = row * (shape[2] + 2 * border);
    return add_buffer({.name = std::move(name),
                       .size = image,
                       .shape = shape,
                       .strides = {image, 1, row, shape[1]},
                       .first = border * (row + shape[1]),
                       .params = {.scale = 0.0625F, .zero_point = 0},
                       .shift = -128});
  }

  template <typename T>
  std::int64_t add_constants(std::vector<T> values) {
    plan_.constants.resize((plan_.constants.size() + 63) / 64 * 64);
    const std::size_t offset = plan_.constants.size();
    const auto bytes = std::as_bytes(std::span(values));
    plan_.constants.insert(plan_.constants.end(), bytes.begin(), bytes.end());
    return static_cast<std::int64_t>(offset);
  }

  void add_quantize(BufferId x) {
    add("x", QuantizeStep{.sizes = {2, 4, 4},
                          .x = {.buffer = plan_.inputs[0].buffer, .strides = {16, 4, 1}},
                          .y = {.buffer = x, .first = 14, .strides = {1, 12, 2}},
                          .range = {0, 255}});
    add("x", FillBorder{.x = {.buffer = x, .first = 14, .image = 72, .row = 12, .column = 2},
                        .sizes = {1, 4, 4, 2},
                        .value = 128});
  }

  void add_convolution(BufferId x, BufferId y) {
    // Three runs of three pixels of two channels: two quads each, the second half empty.
    std::vector<std::int8_t> weights(3 * 2 * 64);
    std::vector<std::int32_t> bias(16);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      for (std::size_t run = 0; run < 3; ++run) {
        for (std::size_t i = 0; i < 6; ++i) {
          const auto weight = static_cast<std::int8_t>(7 * channel + 5 * run + 3 * i) % 13 - 6;
          weights[run * 128 + i / 4 * 64 + channel * 4 + i % 4] = static_cast<std::int8_t>(weight);
          bias[channel] -= 128 * weight;
        }
      }
    }
    add("convolved",
        Convolve{.x = {.buffer = x, .row = 12, .column = 2},
                 .y = {.buffer = y, .row = 12, .column = 3},
                 .sizes = {1, 4, 4, 3},
                 .runs = {0, 12, 24},
                 .run_length = 6,
                 .weights = add_constants(weights),
                 .epilogue = {.bias = add_constants(bias),
                              .multipliers = add_constants(std::vector<float>(16, 0.125F)),
                              .output = {.zero_point = 128, .clamp = {128, 255}}}});
  }

  void add_average(BufferId x, BufferId y) {
    Window window;
    window.fine = window.kernel = {1, 4, 4};
    add("averaged", Pool{.x = {.buffer = x, .row = 12, .column = 3},
                         .y = {.buffer = y},
                         .sizes = {1, 1, 1, 3},
                         .window = window,
                         .average = true,
                         .x_zero_point = 128,
                         .requantizers = {{.multiplier = 0.0625F}},
                         .requantizer_of = {0},
                         .output = {.zero_point = 128, .clamp = {0, 255}}});
  }

  Plan plan_;
};

}  // namespace vernier
