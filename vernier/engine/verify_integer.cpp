// Integer steps: no position leaves its buffer, no number leaves the range in which the kernels are
// exact.

#include <algorithm>
#include <cmath>

#include "vernier/engine/verify.h"
#include "vernier/engine/walk.h"

namespace vernier {
namespace {

constexpr std::int32_t most_zero_point = 1 << 17;
constexpr float most_multiplier = 0x1p60F;

IntRange stored_range(Element element) {
  return element == Element::u8 ? IntRange{0, 255} : IntRange{-32768, 32767};
}

void expect_integers(const Buffer& buffer, std::string_view what) {
  if (buffer.element == Element::f32) fail("{} is f32, expected integers", what);
}

void expect_range(IntRange range, const Buffer& buffer, std::string_view what) {
  const IntRange stored = stored_range(buffer.element);
  expect_between(range.lo, stored.lo, stored.hi, what);
  expect_between(range.hi, range.lo, stored.hi, what);
}

void expect_output(const OutputRange& output, const Buffer& buffer) {
  expect_integers(buffer, "y");
  expect_range(output.clamp, buffer, "output");
  expect_between(output.zero_point, -most_zero_point, most_zero_point, "output.zero_point");
}

void expect_zero_point(std::int32_t zero_point, std::string_view what) {
  expect_between(zero_point, -most_zero_point, most_zero_point, what);
}

void expect_multiplier(float multiplier) {
  expect(multiplier >= 0.0F && multiplier <= most_multiplier, "a multiplier is out of range");
}

void expect_requantizer(const Requantizer& requantizer) {
  expect_multiplier(requantizer.multiplier);
  expect_multiplier(requantizer.addend_multiplier);
  expect(requantizer.integer_multiplier >= 0 && requantizer.integer_addend_multiplier >= 0,
         "a multiplier is negative");
  expect_between(requantizer.shift, 0, 62, "shift");
}

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
    std::ranges::for_each(constants_at<float>(plan, offset, channels, "multipliers"),
                          expect_multiplier);
    return;
  }
  for (const std::int32_t multiplier :
       constants_at<std::int32_t>(plan, offset, channels, "multipliers")) {
    expect(multiplier >= 0, "a multiplier is negative");
  }
}

// `channels`: those of the constants.
void expect_epilogue(const Plan& plan, const auto& step, std::int64_t channels) {
  const Epilogue& epilogue = step.epilogue;
  const Buffer& y = writable(plan, step.y.buffer, "y");
  constants_at<std::int32_t>(plan, epilogue.bias, channels, "bias");
  expect_multipliers(plan, epilogue, epilogue.multipliers, channels);
  if (y.element == Element::f32) {
    expect(epilogue.arithmetic == Requantization::floating && !step.addend,
           "a float result has an addend or an integer arithmetic");
    expect(epilogue.lo <= epilogue.hi, "the activation is empty");
    return;
  }
  expect_output(epilogue.output, y);
  expect_zero_point(epilogue.addend_zero_point, "addend_zero_point");
  if (step.addend) expect_multipliers(plan, epilogue, epilogue.addend_multipliers, channels);
  if (epilogue.arithmetic == Requantization::floating) return;
  for (const std::int32_t shift :
       constants_at<std::int32_t>(plan, epilogue.shifts, channels, "shifts")) {
    expect_between(shift, 0, 62, "a shift");
  }
}

void expect_sizes(const ImageSizes& sizes) {
  for (const std::int64_t size : {sizes.images, sizes.rows, sizes.columns, sizes.channels}) {
    expect_between(size, 1, most_size, "sizes");
  }
}

void expect_image(const Image& image, const ImageSizes& sizes, const Buffer& buffer,
                  std::string_view what) {
  expect_inside(image.first,
                std::vector<Loop>{{sizes.images, image.image},
                                  {sizes.rows, image.row},
                                  {sizes.columns, image.column},
                                  {sizes.channels, image.channel}},
                buffer.size, what);
  if (buffer.element != Element::f32) expect(image.channel == 1, "channels are not neighbours");
}

// Bounds the work of a damaged plan.
void expect_work(std::int64_t elements, const Buffer& y) {
  expect(elements <= y.size, "the sizes are larger than the result");
}

std::int64_t product(const ImageSizes& sizes) {
  return bounded_product(bounded_product(sizes.images, sizes.rows),
                         bounded_product(sizes.columns, sizes.channels));
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

template <std::size_t count>
void expect_loops(const Shape& sizes, const std::array<const Operand*, count>& operands) {
  expect_between(static_cast<std::int64_t>(sizes.size()), 1, most_loops, "number of loops");
  for (const Operand* operand : operands) {
    expect(operand->strides.size() == sizes.size(), "strides and sizes do not fit together");
  }
}

void expect_operand(const Operand& operand, const Shape& sizes, const Buffer& buffer,
                    std::string_view what) {
  std::vector<Loop> loops;
  for (std::size_t i = 0; i < sizes.size(); ++i) loops.push_back({sizes[i], operand.strides[i]});
  expect_inside(operand.first, loops, buffer.size, what);
}

std::int64_t product(const Shape& sizes) {
  std::int64_t result = 1;
  for (const std::int64_t size : sizes) result = bounded_product(result, size);
  return result;
}

// Sums of one offset a loop, each of at least `least`, and a block behind them.
struct OffsetLimits {
  std::int64_t least = 0;
  std::int64_t block = 1;
  std::int64_t size = 0;
};

void expect_offsets_inside(std::int64_t first,
                           const std::vector<std::vector<std::int64_t>>& offsets,
                           const OffsetLimits& limits, std::string_view what) {
  expect_between(first, 0, limits.size - 1, what);
  std::int64_t last = first + limits.block - 1;
  for (const std::vector<std::int64_t>& axis : offsets) {
    const auto [lo, hi] = std::ranges::minmax(axis);
    expect_between(lo, limits.least, limits.size - 1, what);
    expect_between(hi, limits.least, limits.size - 1, what);
    last += std::max<std::int64_t>(hi, 0);
  }
  if (last >= limits.size) fail("{} reaches element {} of {}", what, last, limits.size);
}

// Every position must meet x with one tap at least.
void expect_positions(const Window& window, std::size_t axis) {
  for (std::int64_t position = 0; position < window.coarse[axis]; ++position) {
    const std::int64_t start = position * window.strides[axis] - window.pads[axis];
    const std::int64_t dilation = window.dilations[axis];
    const std::int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    expect(first < window.kernel[axis] && start + first * dilation < window.fine[axis],
           "a window lies outside of x");
  }
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
  const std::int64_t taps =
      bounded_product(static_cast<std::int64_t>(step.runs.size()), (step.run_length + 3) / 4 * 4);
  expect_constants(plan, step.weights,
                   bounded_product(bounded_product(packed, taps), step.wide_weights ? 2 : 1),
                   "weights");
}

void verify_step(const Plan& plan, const ConvolveDepthwise& step) {
  expect_images(plan, step, step.sizes, {.starts = step.taps, .length = step.sizes.channels});
  const std::int64_t packed = (step.sizes.channels + 7) / 8 * 8;
  expect_epilogue(plan, step, packed);
  const auto pairs = static_cast<std::int64_t>((step.taps.size() + 1) / 2);
  expect_constants(plan, step.weights, bounded_product(packed, pairs * 4), "weights");
}

void verify_step(const Plan& plan, const Combine& step) {
  const Buffer& y = writable(plan, step.y.buffer, "y");
  expect_loops<3>(step.sizes, {&step.a, &step.b, &step.y});
  expect_output(step.output, y);
  expect_operand(step.y, step.sizes, y, "y");
  expect_work(product(step.sizes), y);
  for (const Operand* operand : {&step.a, &step.b}) {
    const Buffer& buffer = readable(plan, operand->buffer, "operand");
    expect_integers(buffer, "operand");
    expect_operand(*operand, step.sizes, buffer, "operand");
  }
  expect_zero_point(step.a_zero_point, "a_zero_point");
  expect_zero_point(step.b_zero_point, "b_zero_point");
  expect_requantizer(step.requantizer);
}

void verify_step(const Plan& plan, const Pool& step) {
  const Buffer& x = readable(plan, step.x.buffer, "x");
  const Buffer& y = writable(plan, step.y.buffer, "y");
  const Window& window = step.window;
  expect_sizes(step.sizes);
  expect_integers(x, "x");
  expect_output(step.output, y);
  expect(step.average || x.element == y.element, "x and y are stored in different ways");
  expect_image(step.y, step.sizes, y, "y");
  expect_work(product(step.sizes), y);
  expect_window(window);
  expect(window.coarse[1] == step.sizes.rows && window.coarse[2] == step.sizes.columns,
         "window and sizes do not fit together");
  expect_image(step.x, {step.sizes.images, window.fine[1], window.fine[2], step.sizes.channels}, x,
               "x");
  expect_positions(window, 1);
  expect_positions(window, 2);
  expect_zero_point(step.x_zero_point, "x_zero_point");
  std::ranges::for_each(step.requantizers, expect_requantizer);
  if (!step.average) return;
  expect(
      static_cast<std::int64_t>(step.requantizer_of.size()) == step.sizes.rows * step.sizes.columns,
      "requantizer_of has not one entry a position");
  for (const std::int32_t index : step.requantizer_of) {
    expect_between(index, 0, static_cast<std::int64_t>(step.requantizers.size()) - 1,
                   "requantizer_of");
  }
}

void verify_step(const Plan& plan, const Lookup& step) {
  const Buffer& x = readable(plan, step.x.buffer, "x");
  const Buffer& y = writable(plan, step.y.buffer, "y");
  expect(x.element == Element::u8, "x is not u8");
  expect_integers(y, "y");
  expect_loops<2>(step.sizes, {&step.x, &step.y});
  expect_operand(step.x, step.sizes, x, "x");
  expect_operand(step.y, step.sizes, y, "y");
  expect_work(product(step.sizes), y);
  expect_constants(plan, step.table, 256 * byte_size(y.element), "table");
}

void verify_step(const Plan& plan, const QuantizeStep& step) {
  const Buffer& x = readable(plan, step.x.buffer, "x");
  const Buffer& y = writable(plan, step.y.buffer, "y");
  expect(x.element == Element::f32, "x is not f32");
  expect_integers(y, "y");
  expect_range(step.range, y, "range");
  expect_loops<2>(step.sizes, {&step.x, &step.y});
  expect_operand(step.x, step.sizes, x, "x");
  expect_operand(step.y, step.sizes, y, "y");
  expect_work(product(step.sizes), y);
}

void verify_step(const Plan& plan, const DequantizeStep& step) {
  const Buffer& x = readable(plan, step.x.buffer, "x");
  const Buffer& y = writable(plan, step.y.buffer, "y");
  expect_integers(x, "x");
  expect(y.element == Element::f32, "y is not f32");
  expect_loops<2>(step.sizes, {&step.x, &step.y});
  expect_operand(step.x, step.sizes, x, "x");
  expect_operand(step.y, step.sizes, y, "y");
  expect_work(product(step.sizes), y);
}

void verify_step(const Plan& plan, const Rearrange& step) {
  const Buffer& x = readable(plan, step.x, "x");
  const Buffer& y = writable(plan, step.y, "y");
  expect(x.element == y.element, "x and y are stored in different ways");
  expect_between(step.block, 1, most_size, "block");
  expect_between(static_cast<std::int64_t>(step.x_offsets.size()), 0, most_loops,
                 "number of loops");
  expect(step.x_offsets.size() == step.y_offsets.size(), "the loops of x and y differ");
  std::int64_t work = step.block;
  for (std::size_t axis = 0; axis < step.x_offsets.size(); ++axis) {
    const std::size_t count = step.x_offsets[axis].size();
    expect(count > 0 && count == step.y_offsets[axis].size(), "the loops of x and y differ");
    work = bounded_product(work, static_cast<std::int64_t>(count));
  }
  expect_offsets_inside(step.x_first, step.x_offsets, {-1, step.block, x.size}, "x");
  expect_offsets_inside(step.y_first, step.y_offsets, {0, step.block, y.size}, "y");
  expect_work(work, y);
}

void verify_step(const Plan& plan, const FillBorder& step) {
  const Buffer& x = writable(plan, step.x.buffer, "x");
  expect_integers(x, "x");
  expect_sizes(step.sizes);
  expect_range({step.value, step.value}, x, "value");
  const Image& image = step.x;
  expect_between(image.image, 1, x.size, "image");
  expect(bounded_product(step.sizes.images, image.image) <= x.size, "the images leave the buffer");
  expect_inside(
      image.first,
      std::vector<Loop>{
          {step.sizes.rows, image.row}, {step.sizes.columns, image.column}, {image.column, 1}},
      image.image, "x");
  expect(step.sizes.rows == 1 || bounded_product(step.sizes.columns, image.column) <= image.row,
         "the rows overlap");
}

}  // namespace vernier
