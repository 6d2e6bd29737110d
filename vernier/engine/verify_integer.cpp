// Integer steps other than convolutions, and steps that move elements.

#include <algorithm>
#include <array>
#include <cmath>

#include "vernier/engine/verify.h"
#include "vernier/engine/walk.h"

namespace vernier {
namespace {

template <std::size_t Count>
void expect_loops(const Shape& sizes, const std::array<const Operand*, Count>& operands) {
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
  expect_requantizer(step.requantizer, step.arithmetic);
  if (step.rescaled) {
    expect(!step.fused && !step.multiply && is_tflite(step.arithmetic),
           "a rescaled addition is something else, too");
    for (const Requantizer& each : {step.rescaled->a, step.rescaled->b, step.rescaled->y})
      expect_requantizer(each, step.arithmetic);
  }
  if (!step.fused) return;
  expect_multiplier(step.fused->a_multiplier);
  expect_multiplier(step.fused->b_multiplier);
  expect(std::isfinite(step.fused->offset), "the offset of a sum is not finite");
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
  for (const Requantizer& each : step.requantizers) expect_requantizer(each, step.arithmetic);
  if (step.mean) {
    expect_affine(step.mean->rounding);
    expect(std::isfinite(step.mean->zero), "the zero of a mean is not finite");
  }
  if (step.quotient) {
    for (const Requantizer& each : step.requantizers)
      expect(each.integer_multiplier > 0, "a mean of no elements");
  }
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
  if (step.affine) expect_affine(*step.affine);
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
