// Convolutions: whatever the kernels read lies in x, the addend or the constants.

#include <algorithm>
#include <cmath>
#include <cstring>

#include "vernier/engine/verify.h"

namespace vernier {
namespace {

template <typename T>
std::span<const T> constants_at(const Plan& plan, std::int64_t offset, std::int64_t count,
                                std::string_view what) {
  expect_constants(plan, offset, bounded_product(count, sizeof(T)), what);
  return {reinterpret_cast<const T*>(plan.constants.data() + offset),
          static_cast<std::size_t>(count)};
}

void expect_multipliers(const Plan& plan, const Epilogue& epilogue, std::int64_t offset,
                        std::int64_t channels) {
  if (epilogue.arithmetic == Requantization::floating) {
    for (const float multiplier : constants_at<float>(plan, offset, channels, "multipliers")) {
      expect_multiplier(multiplier);
    }
    return;
  }
  for (const std::int32_t multiplier :
       constants_at<std::int32_t>(plan, offset, channels, "multipliers")) {
    expect_multiplier(multiplier, epilogue.arithmetic);
  }
}

void expect_floats(const Plan& plan, const Epilogue& epilogue, std::int64_t channels) {
  expect(epilogue.arithmetic == Requantization::floating, "float biases in another arithmetic");
  for (const float bias :
       constants_at<float>(plan, epilogue.float_biases, channels, "float_biases"))
    expect(std::isfinite(bias), "a float bias is not finite");
  const FloatBias& floats = *epilogue.floats;
  expect(std::isfinite(floats.subtrahend) && std::isfinite(floats.addend_factor),
         "the factors of a float bias are not finite");
  expect_affine(floats.rounding);
}

void expect_ratios(const Plan& plan, const auto& step, std::int64_t channels) {
  expect(!step.epilogue.floats && !step.addend, "double ratios beside float biases or an addend");
  for (const double ratio :
       constants_at<double>(plan, step.epilogue.multipliers, channels, "multipliers"))
    expect(ratio >= 0.0 && std::isfinite(ratio), "a ratio is out of range");
}

// `channels`: those of the constants.
void expect_epilogue(const Plan& plan, const auto& step, std::int64_t channels) {
  const Epilogue& epilogue = step.epilogue;
  const Buffer& y = writable(plan, step.y.buffer, "y");
  constants_at<std::int32_t>(plan, epilogue.bias, channels, "bias");
  if (epilogue.in_double) {
    expect_output(epilogue.output, y);
    return expect_ratios(plan, step, channels);
  }
  expect_multipliers(plan, epilogue, epilogue.multipliers, channels);
  if (epilogue.floats) expect_floats(plan, epilogue, channels);
  if (y.element == Element::f32) {
    expect(epilogue.arithmetic == Requantization::floating && !step.addend,
           "a float result has an addend or an integer arithmetic");
    expect(epilogue.lo <= epilogue.hi, "the activation is empty");
    return;
  }
  expect_output(epilogue.output, y);
  expect_zero_point(epilogue.addend_zero_point, "addend_zero_point");
  if (epilogue.floats) return;
  if (step.addend) expect_multipliers(plan, epilogue, epilogue.addend_multipliers, channels);
  if (epilogue.arithmetic == Requantization::floating) return;
  for (const std::int32_t shift :
       constants_at<std::int32_t>(plan, epilogue.shifts, channels, "shifts")) {
    expect_shift(shift, epilogue.arithmetic);
  }
}

// `packed`: channels with those that fill panels. Neither they nor the quads lead beyond 64 bits.
void expect_weights(const Plan& plan, const auto& step, std::int64_t packed, std::int64_t quads) {
  const auto size = static_cast<std::int64_t>(plan.constants.size());
  expect(bounded_product(packed, quads) <= 2 * size, "there are more weights than constants");
  expect_constants(plan, step.weights, packed_weight_bytes(step), "weights");
}

std::int32_t weight_at(const std::byte* panel, WeightElement element, std::int64_t quad,
                       std::int64_t lane) {
  if (element == WeightElement::s4) {
    const auto two = static_cast<std::uint8_t>(panel[quad / 2 * quad_weights + lane]);
    return quad % 2 == 0 ? two & 15 : two >> 4;
  }
  const std::int64_t number = quad * quad_weights + lane;
  if (element == WeightElement::s8) return static_cast<std::int32_t>(panel[number]);
  std::int16_t weight;
  std::memcpy(&weight, panel + number * 2, sizeof(weight));
  return weight;
}

// Quads that follow each other, `each` of them for `taps` neighbours of x.
struct PaddedQuads {
  const std::byte* first;
  WeightElement element;
  std::int64_t count;
  std::int64_t each;
  std::int64_t taps;
};

// Kernels multiply by what stands behind the last neighbour.
void expect_padding(const PaddedQuads& quads) {
  if (quads.taps % 4 == 0) return;
  for (std::int64_t quad = quads.each - 1; quad < quads.count; quad += quads.each) {
    for (std::int64_t lane = 0; lane < quad_weights; ++lane) {
      expect(lane % 4 < quads.taps % 4 || weight_at(quads.first, quads.element, quad, lane) == 0,
             "a weight behind the last one is not zero");
    }
  }
}

// x, y and addend of a convolution; `sizes` with all channels. Elements of x are read from every
// position of `reads` on, `length` of them.
struct Reads {
  std::span<const std::int64_t> starts;
  std::int64_t length = 1;
  Loop groups;
};

void expect_images(const Plan& plan, const auto& step, const ImageSizes& sizes,
                   const Reads& reads) {
  const Buffer& y = writable(plan, step.y.buffer, "y");
  expect_sizes(sizes);
  expect_image(step.y, sizes, y, "y");
  expect_work(product(sizes), y);
  expect(!reads.starts.empty(), "there are no taps");
  expect_between(reads.length, 1, most_size, "run_length");
  expect_between(std::ranges::min(reads.starts), 0, most_elements, "a tap");
  expect_between(std::ranges::max(reads.starts), 0, most_elements, "a tap");

  const Buffer& x = readable(plan, step.x.buffer, "x");
  expect_integers(x, "x");
  expect(x.place == Place::arena, "x is not in the arena, whose end kernels may read beyond");
  expect_between(step.x.first, 0, most_elements, "x");
  expect_inside(step.x.first + std::ranges::max(reads.starts),
                std::vector<Loop>{{sizes.images, step.x.image},
                                  {sizes.rows, step.x.row},
                                  {sizes.columns, step.x.column},
                                  reads.groups,
                                  {reads.length, 1}},
                x.size, "x");
  if (!step.addend) return;
  const Buffer& addend = readable(plan, step.addend->buffer, "addend");
  expect_integers(addend, "addend");
  expect(addend.place == Place::arena, "the addend is not in the arena");
  expect_image(*step.addend, sizes, addend, "addend");
}

}  // namespace

void verify_step(const Plan& plan, const Convolve& step) {
  expect_between(step.groups, 1, most_size, "groups");
  expect_between(step.sizes.channels, 1, most_size, "channels");
  expect_between(step.group_step, 0, most_size, "group_step");
  ImageSizes all = step.sizes;
  all.channels = bounded_product(step.groups, step.sizes.channels);
  expect_images(
      plan, step, all,
      {.starts = step.runs, .length = step.run_length, .groups = {step.groups, step.group_step}});
  const std::int64_t packed = bounded_product(step.groups, (step.sizes.channels + 15) / 16 * 16);
  expect_epilogue(plan, step, packed);
  expect_weights(
      plan, step, packed,
      bounded_product(static_cast<std::int64_t>(step.runs.size()), (step.run_length + 3) / 4));
  const std::int64_t size = panel_bytes(step.weight_element, quads_of(step));
  for (std::int64_t panel = 0; panel < packed / panel_channels; ++panel) {
    expect_padding({.first = plan.constants.data() + step.weights + panel * size,
                    .element = step.weight_element,
                    .count = quads_of(step),
                    .each = (step.run_length + 3) / 4,
                    .taps = step.run_length});
  }
}

void verify_step(const Plan& plan, const ConvolveDepthwise& step) {
  const TapGrid& taps = step.taps;
  for (const std::int64_t number : {taps.rows, taps.columns}) {
    expect_between(number, 1, most_size, "taps");
  }
  for (const std::int64_t distance : {taps.row, taps.column}) {
    expect_between(distance, 0, most_size, "taps");
  }
  const std::int64_t down = bounded_product(taps.rows - 1, taps.row);
  const std::int64_t across = bounded_product(taps.columns - 1, taps.column);
  expect_between(down, 0, most_elements, "taps");
  expect_between(across, 0, most_elements, "taps");
  const std::int64_t last = down + across;
  expect_images(plan, step, step.sizes,
                {.starts = std::span(&last, 1), .length = step.sizes.channels});
  const std::int64_t packed = (step.sizes.channels + 15) / 16 * 16;
  expect_epilogue(plan, step, packed);
  expect_weights(plan, step, packed, bounded_product(taps.columns, (taps.rows + 3) / 4));
  expect_padding({.first = plan.constants.data() + step.weights,
                  .element = step.weight_element,
                  .count = packed / panel_channels * quads_of(step),
                  .each = (taps.rows + 3) / 4,
                  .taps = taps.rows});
}

}  // namespace vernier
