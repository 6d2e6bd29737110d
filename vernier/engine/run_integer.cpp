// Integer steps: positions of the plan become pointers of the kernels.

#include <algorithm>

#include "vernier/engine/run_step.h"
#include "vernier/engine/share.h"
#include "vernier/engine/walk.h"

namespace vernier {
namespace {

// Only the arrays that are read: the offsets of the others may be anything.
EpilogueArrays arrays_of(const Epilogue& epilogue, bool addend, const Plan& plan) {
  const std::byte* constants = plan.constants.data();
  EpilogueArrays arrays{.epilogue = &epilogue,
                        .bias = reinterpret_cast<const std::int32_t*>(constants + epilogue.bias),
                        .multipliers = constants + epilogue.multipliers};
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
      .y_element = context.element(step.y.buffer)};
  if (step.addend) {
    const Image& addend = *step.addend;
    pointers.addend = context.read(addend.buffer, addend.first + image * addend.image);
    pointers.addend_element = context.element(addend.buffer);
  }
  return pointers;
}

// The taps along one axis that meet x at a position: the first one, and how many.
struct Taps {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

Taps taps_inside(const Window& window, std::size_t axis, std::int64_t position) {
  const std::int64_t start = position * window.strides[axis] - window.pads[axis];
  const std::int64_t dilation = window.dilations[axis];
  const std::int64_t first = start < 0 ? (-start + dilation - 1) / dilation : 0;
  const std::int64_t end =
      std::min(window.kernel[axis], (window.fine[axis] - start + dilation - 1) / dilation);
  return {first, end - first};
}

PoolWindow window_at(const Pool& step, std::int64_t row, std::int64_t column) {
  const Window& window = step.window;
  const Taps rows = taps_inside(window, 1, row);
  const Taps columns = taps_inside(window, 2, column);
  return {.rows = rows.count,
          .columns = columns.count,
          .row_step = window.dilations[1] * step.x.row,
          .column_step = window.dilations[2] * step.x.column,
          .channels = step.sizes.channels};
}

// Where the window begins in an image of x.
std::int64_t window_start(const Pool& step, std::int64_t row, std::int64_t column) {
  const Window& window = step.window;
  const auto at = [&](std::size_t axis, std::int64_t position) {
    return position * window.strides[axis] - window.pads[axis] +
           taps_inside(window, axis, position).first * window.dilations[axis];
  };
  return at(1, row) * step.x.row + at(2, column) * step.x.column;
}

void pool_row(const Pool& step, const StepContext& context, std::int64_t image, std::int64_t row) {
  for (std::int64_t column = 0; column < step.sizes.columns; ++column) {
    PoolWindow window = window_at(step, row, column);
    window.x = context.read(step.x.buffer,
                            step.x.first + image * step.x.image + window_start(step, row, column));
    window.y = context.write(step.y.buffer, step.y.first + image * step.y.image + row * step.y.row +
                                                column * step.y.column);
    window.x_element = context.element(step.x.buffer);
    window.y_element = context.element(step.y.buffer);
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

template <typename T>
void fill_border(const FillBorder& step, T* buffer) {
  const auto value = static_cast<T>(step.value);
  for (std::int64_t image = 0; image < step.sizes.images; ++image) {
    T* begin = buffer + image * step.x.image;
    T* done = begin;
    for (std::int64_t row = 0; row < step.sizes.rows; ++row) {
      T* first = begin + step.x.first + row * step.x.row;
      std::fill(done, first, value);
      done = first + step.sizes.columns * step.x.column;
    }
    std::fill(done, begin + step.x.image, value);
  }
}

template <typename Y>
void look_up(const Lookup& step, const StepContext& context) {
  const auto* table = reinterpret_cast<const Y*>(context.plan.constants.data() + step.table);
  const auto* x = reinterpret_cast<const std::uint8_t*>(context.read(step.x.buffer));
  Y* y = reinterpret_cast<Y*>(context.write(step.y.buffer));
  walk<2>(step.sizes, {&step.x, &step.y}, [&](const std::array<std::int64_t, 2>& at) {
    for (std::int64_t i = 0; i < step.sizes.back(); ++i) {
      y[at[1] + i * step.y.strides.back()] = table[x[at[0] + i * step.x.strides.back()]];
    }
  });
}

// A row of QuantizeStep or DequantizeStep; `integers` describes its integers.
template <typename StepType>
QuantizeRow quantize_row(const StepType& step, const Buffer& integers) {
  return {.x_step = step.x.strides.back(),
          .y_step = step.y.strides.back(),
          .count = step.sizes.back(),
          .element = integers.element,
          .params = {integers.params.scale, integers.params.zero_point - integers.shift}};
}

}  // namespace

void run_one(const Convolve& step, const StepContext& context) {
  // 32 products take about as long as it takes to store a result.
  const std::int64_t work =
      image_elements(step.sizes) * step.groups *
      (static_cast<std::int64_t>(step.runs.size()) * step.run_length / 32 + 1);
  for (std::int64_t image = 0; image < step.sizes.images; ++image) {
    const ConvolutionPointers pointers = pointers_of(step, context, image);
    share_convolution(context, step.sizes, work, [&](const ConvolutionPart& part) {
      context.kernels.convolve(step, pointers, part);
    });
  }
}

void run_one(const ConvolveDepthwise& step, const StepContext& context) {
  const std::int64_t work = image_elements(step.sizes);
  for (std::int64_t image = 0; image < step.sizes.images; ++image) {
    const ConvolutionPointers pointers = pointers_of(step, context, image);
    share_convolution(context, step.sizes, work, [&](const ConvolutionPart& part) {
      context.kernels.convolve_depthwise(step, pointers, part);
    });
  }
}

void run_one(const Combine& step, const StepContext& context) {
  CombineRow row{.a_step = step.a.strides.back(),
                 .b_step = step.b.strides.back(),
                 .y_step = step.y.strides.back(),
                 .count = step.sizes.back(),
                 .a_element = context.element(step.a.buffer),
                 .b_element = context.element(step.b.buffer),
                 .y_element = context.element(step.y.buffer)};
  walk<3>(step.sizes, {&step.a, &step.b, &step.y}, [&](const std::array<std::int64_t, 3>& at) {
    row.a = context.read(step.a.buffer, at[0]);
    row.b = context.read(step.b.buffer, at[1]);
    row.y = context.write(step.y.buffer, at[2]);
    context.kernels.combine(step, row);
  });
}

void run_one(const Pool& step, const StepContext& context) {
  const std::int64_t rows = step.sizes.images * step.sizes.rows;
  const std::int64_t work = step.sizes.images * image_elements(step.sizes) * step.window.kernel[1] *
                            step.window.kernel[2] / 8;
  share(context, rows, work, [&](std::int64_t first, std::int64_t end) {
    for (std::int64_t row = first; row < end; ++row) {
      pool_row(step, context, row / step.sizes.rows, row % step.sizes.rows);
    }
  });
}

void run_one(const Lookup& step, const StepContext& context) {
  if (context.element(step.y.buffer) == Element::u8) {
    look_up<std::uint8_t>(step, context);
  } else {
    look_up<std::int16_t>(step, context);
  }
}

void run_one(const QuantizeStep& step, const StepContext& context) {
  QuantizeRow row = quantize_row(step, context.buffer(step.y.buffer));
  row.range = step.range;
  row.rounding = step.rounding;
  walk<2>(step.sizes, {&step.x, &step.y}, [&](const std::array<std::int64_t, 2>& at) {
    row.x = context.read(step.x.buffer, at[0]);
    row.y = context.write(step.y.buffer, at[1]);
    context.kernels.quantize(row);
  });
}

void run_one(const DequantizeStep& step, const StepContext& context) {
  QuantizeRow row = quantize_row(step, context.buffer(step.x.buffer));
  walk<2>(step.sizes, {&step.x, &step.y}, [&](const std::array<std::int64_t, 2>& at) {
    row.x = context.read(step.x.buffer, at[0]);
    row.y = context.write(step.y.buffer, at[1]);
    context.kernels.dequantize(row);
  });
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

void run_one(const FillBorder& step, const StepContext& context) {
  std::byte* buffer = context.write(step.x.buffer);
  if (context.element(step.x.buffer) == Element::u8) {
    fill_border(step, reinterpret_cast<std::uint8_t*>(buffer));
  } else {
    fill_border(step, reinterpret_cast<std::int16_t*>(buffer));
  }
}

}  // namespace vernier
