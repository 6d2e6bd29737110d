// Integer steps: positions of the plan become pointers of the kernels.

#include <algorithm>

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

// Weights of 4 bits become bytes first: they are few beside what is done with each. A pair of quads
// may begin in the panel before the first.
void convolve_depthwise_part(const ConvolveDepthwise& step, const Kernels& kernels,
                             ConvolutionPointers pointers, const ConvolutionPart& part) {
  if (step.weight_element == WeightElement::s4) {
    const std::int64_t first = part.first_panel * quads_of(step) / 2 * 2;
    const auto* nibbles = static_cast<const std::byte*>(pointers.weights);
    kernels.expand({.nibbles = nibbles + panel_bytes(WeightElement::s4, first),
                    .weights = part.scratch + panel_bytes(WeightElement::s8, first),
                    .quads = part.end_panel * quads_of(step) - first});
    pointers.weights = part.scratch;
    pointers.weight_element = WeightElement::s8;
  }
  kernels.convolve_depthwise(step, pointers, part);
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
  std::int64_t first_channel;
  std::int64_t end_channel;
};

void pool_row(const Pool& step, const StepContext& context, const PoolPart& part) {
  const auto [image, row, first_channel, end_channel] = part;
  const Taps rows = taps_inside(step.window, 1, row);
  PoolWindow window{.rows = rows.count,
                    .row_step = step.window.dilations[1] * step.x.row,
                    .column_step = step.window.dilations[2] * step.x.column,
                    .channels = end_channel - first_channel,
                    .x_element = context.element(step.x.buffer),
                    .y_element = context.element(step.y.buffer)};
  const std::int64_t x =
      step.x.first + image * step.x.image + rows.start * step.x.row + first_channel;
  const std::int64_t y = step.y.first + image * step.y.image + row * step.y.row + first_channel;
  for (std::int64_t column = 0; column < step.sizes.columns; ++column) {
    const Taps columns = taps_inside(step.window, 2, column);
    window.columns = columns.count;
    window.x = context.read(step.x.buffer, x + columns.start * step.x.column);
    window.y = context.write(step.y.buffer, y + column * step.y.column);
    if (step.average) {
      const auto position = static_cast<std::size_t>(row * step.sizes.columns + column);
      window.requantizer =
          &step.requantizers[static_cast<std::size_t>(step.requantizer_of[position])];
    }
    context.kernels.pool(step, window);
  }
}

// Everything under one index of the loops before `axis`. A null x has no source.
template <typename T>
void rearrange(const Rearrange& step, std::size_t axis, const T* x, T* y) {
  if (axis == step.x_offsets.size()) {
    if (x == nullptr) {
      std::fill_n(y, step.block, static_cast<T>(step.fill));
    } else {
      std::copy_n(x, step.block, y);
    }
    return;
  }
  for (std::size_t i = 0; i < step.x_offsets[axis].size(); ++i) {
    const std::int64_t offset = step.x_offsets[axis][i];
    rearrange(step, axis + 1, x == nullptr || offset < 0 ? nullptr : x + offset,
              y + step.y_offsets[axis][i]);
  }
}

template <typename T>
void rearrange(const Rearrange& step, const StepContext& context) {
  rearrange(step, 0, reinterpret_cast<const T*>(context.read(step.x, step.x_first)),
            reinterpret_cast<T*>(context.write(step.y, step.y_first)));
}

// Calls fill(begin, end) for what lies between a row and the one before, and around all rows.
template <typename Fill>
void fill_gaps(const FillBorder& step, std::int64_t first_row, std::int64_t end_row,
               const Fill& fill) {
  const std::int64_t width = step.sizes.columns * step.x.column;
  for (std::int64_t image = 0; image < step.sizes.images * step.x.image; image += step.x.image) {
    for (std::int64_t row = first_row; row < end_row; ++row) {
      const std::int64_t begin = image + step.x.first + row * step.x.row;
      fill(row == 0 ? image : begin - step.x.row + width, begin);
    }
    if (end_row == step.sizes.rows) {
      fill(image + step.x.first + (end_row - 1) * step.x.row + width, image + step.x.image);
    }
  }
}

bool gaps_are_pixels(const FillBorder& step) {
  const std::int64_t pixel = step.x.column;
  return step.sizes.channels == pixel && step.x.first % pixel == 0 && step.x.row % pixel == 0 &&
         step.x.image % pixel == 0;
}

// Shared as a convolution is that keeps the number of rows, so that this member finds what it
// reads in the step behind.
template <typename T>
void fill_border(const FillBorder& step, const TeamMember& member, T* buffer) {
  const auto value = static_cast<T>(step.value);
  const std::int64_t panels = panels_of(step.sizes.channels);
  const bool by_row = share_rows(member, step.sizes.rows, panels) || !gaps_are_pixels(step);
  share(member, by_row ? step.sizes.rows : panels, step.x.image,
        [&](std::int64_t first, std::int64_t end) {
          if (by_row) {
            fill_gaps(step, first, end, [&](std::int64_t from, std::int64_t to) {
              std::fill(buffer + from, buffer + to, value);
            });
            return;
          }
          const std::int64_t channel = first * panel_channels;
          const std::int64_t count = std::min(end * panel_channels, step.sizes.channels) - channel;
          fill_gaps(step, 0, step.sizes.rows, [&](std::int64_t from, std::int64_t to) {
            for (; from < to; from += step.x.column)
              std::fill_n(buffer + from + channel, count, value);
          });
        });
}

template <typename Y>
void look_up(const Lookup& step, const StepContext& context) {
  const auto* table = reinterpret_cast<const Y*>(context.plan.constants.data() + step.table);
  const auto* x = reinterpret_cast<const std::uint8_t*>(context.read(step.x.buffer));
  Y* y = reinterpret_cast<Y*>(context.write(step.y.buffer));
  const std::int64_t count = step.sizes.back();
  const bool bytes = sizeof(Y) == 1 && step.x.strides.back() == 1 && step.y.strides.back() == 1;
  share_walk<2>(context.member, step.sizes, {&step.x, &step.y}, loop_work(step.sizes) / 8,
                [&](const std::array<std::int64_t, 2>& at) {
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
                  .count = step.sizes.back(),
                  .element = integers.element,
                  .params = {integers.params.scale, integers.params.zero_point - integers.shift}};
  const std::size_t loops = step.sizes.size();
  if (loops < 2) return row;
  row.planes = step.sizes[loops - 2];
  row.x_plane = step.x.strides[loops - 2];
  row.y_plane = step.y.strides[loops - 2];
  return row;
}

// Runs the kernel on every row.
void run_rows(const auto& step, const StepContext& context, QuantizeRow row,
              void (*kernel)(const QuantizeRow&)) {
  const std::size_t walked = std::max<std::size_t>(step.sizes.size() - 1, 1);
  share_walk<2>(context.member, std::span(step.sizes).first(walked), {&step.x, &step.y},
                loop_work(step.sizes), [&](const std::array<std::int64_t, 2>& at) {
                  row.x = context.read(step.x.buffer, at[0]);
                  row.y = context.write(step.y.buffer, at[1]);
                  kernel(row);
                });
}

}  // namespace

void run_share(const Convolve& step, const StepContext& context) {
  // 32 products take about as long as it takes to store a result.
  const std::int64_t work =
      image_elements(step.sizes) * step.groups *
      (static_cast<std::int64_t>(step.runs.size()) * step.run_length / 32 + 1);
  for (std::int64_t image = 0; image < step.sizes.images; ++image) {
    const ConvolutionPointers pointers = pointers_of(step, context, image);
    share_convolution(context, step.sizes, step.groups, work, [&](const ConvolutionPart& part) {
      context.kernels.convolve(step, pointers, part);
    });
  }
}

void run_share(const ConvolveDepthwise& step, const StepContext& context) {
  const std::int64_t work = image_elements(step.sizes);
  for (std::int64_t image = 0; image < step.sizes.images; ++image) {
    const ConvolutionPointers pointers = pointers_of(step, context, image);
    share_convolution(context, step.sizes, 1, work, [&](const ConvolutionPart& part) {
      convolve_depthwise_part(step, context.kernels, pointers, part);
    });
  }
}

void run_share(const Combine& step, const StepContext& context) {
  CombineRow row{.a_step = step.a.strides.back(),
                 .b_step = step.b.strides.back(),
                 .y_step = step.y.strides.back(),
                 .count = step.sizes.back(),
                 .a_element = context.element(step.a.buffer),
                 .b_element = context.element(step.b.buffer),
                 .y_element = context.element(step.y.buffer)};
  share_walk<3>(context.member, step.sizes, {&step.a, &step.b, &step.y}, loop_work(step.sizes),
                [&](const std::array<std::int64_t, 3>& at) {
                  row.a = context.read(step.a.buffer, at[0]);
                  row.b = context.read(step.b.buffer, at[1]);
                  row.y = context.write(step.y.buffer, at[2]);
                  context.kernels.combine(step, row);
                });
}

void run_share(const Pool& step, const StepContext& context) {
  const ImageSizes& sizes = step.sizes;
  const std::int64_t work =
      sizes.images * image_elements(sizes) * step.window.kernel[1] * step.window.kernel[2] / 8;
  const std::int64_t rows = sizes.images * sizes.rows;
  const std::int64_t panels = panels_of(sizes.channels);
  const bool by_row = share_rows(context.member, rows, panels);
  share(context.member, by_row ? rows : panels, work, [&](std::int64_t first, std::int64_t end) {
    PoolPart part{.first_channel = 0, .end_channel = sizes.channels};
    if (!by_row) {
      part.first_channel = first * panel_channels;
      part.end_channel = std::min(end * panel_channels, sizes.channels);
    }
    for (std::int64_t row = by_row ? first : 0; row < (by_row ? end : rows); ++row) {
      part.image = row / sizes.rows;
      part.row = row % sizes.rows;
      pool_row(step, context, part);
    }
  });
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

void run_one(const Rearrange& step, const StepContext& context) {
  switch (context.element(step.x)) {
    case Element::u8:
      return rearrange<std::uint8_t>(step, context);
    case Element::i16:
      return rearrange<std::uint16_t>(step, context);
    case Element::f32:
      return rearrange<std::uint32_t>(step, context);
  }
}

void run_share(const FillBorder& step, const StepContext& context) {
  std::byte* buffer = context.write(step.x.buffer);
  if (context.element(step.x.buffer) == Element::u8) {
    fill_border(step, context.member, reinterpret_cast<std::uint8_t*>(buffer));
  } else {
    fill_border(step, context.member, reinterpret_cast<std::int16_t*>(buffer));
  }
}

}  // namespace vernier
