// Integer steps: positions of the plan become pointers of the kernels.

#include <algorithm>
#include <array>
#include <tuple>
#include <type_traits>

#include "vernier/engine/run_step.h"
#include "vernier/engine/share.h"

namespace vernier {
namespace {

// Only the arrays that are read: the offsets of the others may be anything.
EpilogueArrays arrays_of(const Epilogue& epilogue, bool addend, const Plan& plan) {
  const std::byte* constants = plan.constants.data();
  EpilogueArrays arrays{.epilogue = &epilogue,
                        .bias = reinterpret_cast<const std::int32_t*>(constants + epilogue.bias),
                        .multipliers = constants + epilogue.multipliers};
  if (epilogue.floats) {
    arrays.float_biases = reinterpret_cast<const float*>(constants + epilogue.float_biases);
    return arrays;
  }
  if (epilogue.in_double) return arrays;
  if (addend) arrays.addend_multipliers = constants + epilogue.addend_multipliers;
  if (epilogue.arithmetic != Requantization::floating) {
    arrays.shifts = reinterpret_cast<const std::int32_t*>(constants + epilogue.shifts);
  }
  return arrays;
}

// What Convolve and ConvolveDepthwise have in common, for one image.
ConvolutionPointers pointers_of(const auto& step, const StepContext& context, std::int64_t image) {
  ConvolutionPointers pointers{
      .x = context.read(step.x.buffer, step.x.first + image * step.x.image),
      .y = context.write(step.y.buffer, step.y.first + image * step.y.image),
      .weights = context.plan.constants.data() + step.weights,
      .prepared = context.prepared,
      .arrays = arrays_of(step.epilogue, step.addend.has_value(), context.plan),
      .x_element = context.element(step.x.buffer),
      .y_element = context.element(step.y.buffer),
      .weight_element = step.weight_element};
  if (step.addend) {
    const Image& addend = *step.addend;
    pointers.addend = context.read(addend.buffer, addend.first + image * addend.image);
    pointers.addend_element = context.element(addend.buffer);
  }
  return pointers;
}

bool is_empty(const ConvolutionPart& part) {
  return part.first_row == part.end_row || part.first_panel == part.end_panel ||
         part.first_group == part.end_group;
}

// Those that are empty are to be left out: a kernel would still look through the weights.
using Parts = std::array<ConvolutionPart, 3>;

Parts parts_of(const auto& step, std::int64_t groups, const StepContext& context) {
  const std::int64_t rows = step.sizes.rows;
  const std::int64_t panels = panels_of(step.sizes.channels);
  const bool in_tiles = rows > 1 && std::is_same_v<decltype(step), const Convolve&>;
  Parts result;
  ConvolutionPart& part = result[0];
  part = {.end_row = rows, .end_panel = panels, .end_group = groups};
  const auto [by_row, share] = image_share_of(context.member, step);
  if (by_row) {
    std::tie(part.first_row, part.end_row) = std::tie(share.first, share.end);
  } else if (groups > 1) {
    std::tie(part.first_group, part.end_group) = std::tie(share.first, share.end);
  } else if (!in_tiles || panels % context.member.count == 0 || work_of(step) < least_work) {
    std::tie(part.first_panel, part.end_panel) = std::tie(share.first, share.end);
  } else {
    std::ranges::transform(rectangles_of(context.member, rows, panels), result.begin(),
                           [](const Rectangle& each) {
                             return ConvolutionPart{.first_row = each.rows.first,
                                                    .end_row = each.rows.end,
                                                    .first_panel = each.panels.first,
                                                    .end_panel = each.panels.end};
                           });
  }
  return result;
}

// Calls convolve(pointers, part) for every image and part that is not empty.
template <typename Convolution>
void for_each_part(const auto& step, std::int64_t groups, const StepContext& context,
                   Convolution&& convolve) {
  for (const ConvolutionPart& part : parts_of(step, groups, context)) {
    if (is_empty(part)) continue;
    for (std::int64_t image = 0; image < step.sizes.images; ++image) {
      convolve(pointers_of(step, context, image), part);
    }
  }
}

// A share of the channels reads all pixels, and those of other members lie in their caches: the way
// there is waited for once for all that the first tile needs, and meanwhile for what follows. Into
// the second cache: the nearest is better left to other loads.
void fetch_first_pixels(const Convolve& step, const ConvolutionPointers& pointers) {
  constexpr std::int64_t most = 4 << 10;
  constexpr std::int64_t line = 64;
  const std::int64_t size = step.sizes.rows * step.x.row * byte_size(pointers.x_element);
  const auto* x = static_cast<const std::byte*>(pointers.x);
  for (std::int64_t i = 0; i < std::min(size, most); i += line) __builtin_prefetch(x + i, 0, 2);
}

// The taps along one axis that meet x at a position: how many, and where the first is.
struct Taps {
  std::int64_t count = 0;
  std::int64_t start = 0;
};

Taps taps_inside(const Window& window, std::size_t axis, std::int64_t position) {
  const std::int64_t start = position * window.strides[axis] - window.pads[axis];
  const std::int64_t dilation = window.dilations[axis];
  if (start >= 0 && start + (window.kernel[axis] - 1) * dilation < window.fine[axis]) {
    return {window.kernel[axis], start};  // most positions, without a division
  }
  const std::int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const std::int64_t end =
      std::min(window.kernel[axis], (window.fine[axis] - start + dilation - 1) / dilation);
  return {end - first, start + first * dilation};
}

struct PoolPart {
  std::int64_t image;
  std::int64_t row;
  Share channels;
};

const Requantizer* requantizer_of(const Pool& step, std::int64_t row, std::int64_t column) {
  if (!step.average) return nullptr;
  const auto position = static_cast<std::size_t>(row * step.sizes.columns + column);
  return &step.requantizers[static_cast<std::size_t>(step.requantizer_of[position])];
}

void pool_row(const Pool& step, const StepContext& context, const PoolPart& part) {
  const auto& [image, row, channels] = part;
  const Taps rows = taps_inside(step.window, 1, row);
  const std::int64_t stride = step.window.strides[2];
  PoolWindows windows{.x_step = stride * step.x.column,
                      .y_step = step.y.column,
                      .rows = rows.count,
                      .row_step = step.window.dilations[1] * step.x.row,
                      .column_step = step.window.dilations[2] * step.x.column,
                      .channels = channels.end - channels.first,
                      .x_element = context.element(step.x.buffer),
                      .y_element = context.element(step.y.buffer)};
  const std::int64_t x =
      step.x.first + image * step.x.image + rows.start * step.x.row + channels.first;
  const std::int64_t y = step.y.first + image * step.y.image + row * step.y.row + channels.first;
  for (std::int64_t column = 0; column < step.sizes.columns; column += windows.count) {
    const Taps taps = taps_inside(step.window, 2, column);
    windows.requantizer = requantizer_of(step, row, column);
    const auto is_alike = [&](std::int64_t next) {
      const Taps others = taps_inside(step.window, 2, next);
      return others.count == taps.count && others.start == taps.start + (next - column) * stride &&
             requantizer_of(step, row, next) == windows.requantizer;
    };
    std::int64_t end = column + 1;
    while (end < step.sizes.columns && is_alike(end)) ++end;
    windows.count = end - column;
    windows.columns = taps.count;
    windows.x = context.read(step.x.buffer, x + taps.start * step.x.column);
    windows.y = context.write(step.y.buffer, y + column * step.y.column);
    context.kernels.pool(step, windows);
  }
}

template <typename Y>
void look_up(const Lookup& step, const StepContext& context) {
  const auto* table = reinterpret_cast<const Y*>(context.plan.constants.data() + step.table);
  const auto* x = reinterpret_cast<const std::uint8_t*>(context.read(step.x.buffer));
  Y* y = reinterpret_cast<Y*>(context.write(step.y.buffer));
  const bool bytes = sizeof(Y) == 1 && step.x.strides.back() == 1 && step.y.strides.back() == 1;
  share_walk<2>(context.member, step.sizes, {&step.x, &step.y}, loop_work(step.sizes) / 8,
                [&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
                  if constexpr (sizeof(Y) == 1) {
                    if (bytes) return context.kernels.look_up({x + at[0], y + at[1], table, count});
                  }
                  for (std::int64_t i = 0; i < count; ++i) {
                    y[at[1] + i * step.y.strides.back()] =
                        table[x[at[0] + i * step.x.strides.back()]];
                  }
                });
}

// The two innermost loops of QuantizeStep or DequantizeStep; `integers` describes its integers.
QuantizeRow quantize_row(const auto& step, const Buffer& integers) {
  QuantizeRow row{.x_step = step.x.strides.back(),
                  .y_step = step.y.strides.back(),
                  .element = integers.element,
                  .params = {integers.params.scale, integers.params.zero_point - integers.shift}};
  const std::size_t loops = step.sizes.size();
  if (loops < 2) return row;
  row.planes = step.sizes[loops - 2];
  row.x_plane = step.x.strides[loops - 2];
  row.y_plane = step.y.strides[loops - 2];
  return row;
}

// Runs the kernel on every row, which walks through the planes itself.
void run_rows(const auto& step, const StepContext& context, QuantizeRow row,
              void (*kernel)(const QuantizeRow&)) {
  std::array<std::int64_t, most_loops> sizes;
  const std::size_t loops = step.sizes.size();
  std::ranges::copy(step.sizes, sizes.begin());
  if (loops > 1) sizes[loops - 2] = 1;
  share_walk<2>(context.member, std::span(sizes).first(loops), {&step.x, &step.y},
                loop_work(step.sizes),
                [&](const std::array<std::int64_t, 2>& at, std::int64_t count) {
                  row.x = context.read(step.x.buffer, at[0]);
                  row.y = context.write(step.y.buffer, at[1]);
                  row.count = count;
                  kernel(row);
                });
}

}  // namespace

void run_share(const Convolve& step, const StepContext& context) {
  for_each_part(step, step.groups, context, [&](const auto& pointers, const auto& part) {
    if (part.end_panel - part.first_panel < panels_of(step.sizes.channels)) {
      fetch_first_pixels(step, pointers);
    }
    context.kernels.convolve(step, pointers, part);
  });
}

void run_share(const ConvolveDepthwise& step, const StepContext& context) {
  for_each_part(step, 1, context, [&](ConvolutionPointers pointers, const auto& part) {
    if (step.weight_element == WeightElement::s4) {
      pointers.weights = pointers.prepared;
      pointers.weight_element = WeightElement::s8;
    }
    context.kernels.convolve_depthwise(step, pointers, part);
  });
}

void run_share(const Combine& step, const StepContext& context) {
  CombineRow row{.a_step = step.a.strides.back(),
                 .b_step = step.b.strides.back(),
                 .y_step = step.y.strides.back(),
                 .a_element = context.element(step.a.buffer),
                 .b_element = context.element(step.b.buffer),
                 .y_element = context.element(step.y.buffer)};
  share_walk<3>(context.member, step.sizes, {&step.a, &step.b, &step.y}, loop_work(step.sizes),
                [&](const std::array<std::int64_t, 3>& at, std::int64_t count) {
                  row.a = context.read(step.a.buffer, at[0]);
                  row.b = context.read(step.b.buffer, at[1]);
                  row.y = context.write(step.y.buffer, at[2]);
                  row.count = count;
                  context.kernels.combine(step, row);
                });
}

void run_share(const Pool& step, const StepContext& context) {
  const ImageSizes& sizes = step.sizes;
  const std::int64_t work =
      sizes.images * image_elements(sizes) * step.window.kernel[1] * step.window.kernel[2] / 4;
  Share rows{0, sizes.images * sizes.rows};
  Share channels{0, sizes.channels};
  const auto [by_row, parts] =
      image_share_of(context.member, rows.end, panels_of(channels.end), work);
  if (parts.first == parts.end) return;
  if (by_row) {
    rows = parts;
  } else {
    channels = channels_of(parts, sizes.channels);
  }
  for (std::int64_t row = rows.first; row < rows.end; ++row) {
    pool_row(step, context, {row / sizes.rows, row % sizes.rows, channels});
  }
}

void run_share(const Lookup& step, const StepContext& context) {
  if (context.element(step.y.buffer) == Element::u8) return look_up<std::uint8_t>(step, context);
  look_up<std::int16_t>(step, context);
}

void run_share(const QuantizeStep& step, const StepContext& context) {
  QuantizeRow row = quantize_row(step, context.buffer(step.y.buffer));
  row.range = step.range;
  row.rounding = step.rounding;
  if (step.affine) row.affine = &*step.affine;
  run_rows(step, context, row, context.kernels.quantize);
}

void run_share(const DequantizeStep& step, const StepContext& context) {
  const QuantizeRow row = quantize_row(step, context.buffer(step.x.buffer));
  run_rows(step, context, row, context.kernels.dequantize);
}

}  // namespace vernier
