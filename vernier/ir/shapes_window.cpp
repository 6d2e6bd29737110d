// Shapes of what slides a window over the spatial axes, and of reductions.
//
//   windows = floor or ceil((pad_begin + size + pad_end - reach) / stride) + 1
//   reach   = dilation * (kernel - 1) + 1
//
// Rounding up, the last window must still begin inside the input or its leading pad: one that saw
// trailing padding only would have no meaning (PyTorch and ONNX agree).

#include <algorithm>

#include "vernier/ir/shapes_one.h"

namespace vernier {
namespace {

// Keeps every product and sum of sizes below 2^63.
constexpr std::int64_t most = std::int64_t{1} << 30;

struct Window {
  Ints kernel;
  Ints strides;
  Ints dilations;
  Ints pads;
  bool ceil_mode = false;
};

template <typename Type>
void check_window(const Type& op, const Window& window, std::size_t spatial) {
  const auto expect = [&](std::string_view what, const Ints& values, std::size_t count,
                          std::int64_t least) {
    if (values.size() != count) {
      misfit(op, "'{}' has {} numbers, expected {}", what, values.size(), count);
    }
    for (const std::int64_t value : values) {
      if (value < least || value > most) {
        misfit(op, "'{}' holds {}, expected {}..2^30", what, value, least);
      }
    }
  };
  expect("kernel_shape", window.kernel, spatial, 1);
  expect("strides", window.strides, spatial, 1);
  expect("dilations", window.dilations, spatial, 1);
  expect("pads", window.pads, 2 * spatial, 0);
}

std::int64_t reach(const Window& window, std::size_t axis) {
  return window.dilations[axis] * (window.kernel[axis] - 1) + 1;
}

// Windows along one spatial axis of this size.
template <typename Type>
std::int64_t window_count(const Type& op, const Window& window, std::size_t axis,
                          std::int64_t size) {
  const std::int64_t begin = window.pads[axis];
  const std::int64_t padded = begin + size + window.pads[axis + window.kernel.size()];
  const std::int64_t stride = window.strides[axis];
  const std::int64_t free = padded - reach(window, axis);
  if (free < 0) {
    misfit(op, "a window of {} does not fit into {} padded elements", reach(window, axis), padded);
  }
  std::int64_t last = (window.ceil_mode ? free + stride - 1 : free) / stride;
  if (window.ceil_mode && last * stride >= begin + size) --last;
  return last + 1;
}

// [N, channels, windows...]
template <typename Type>
Types slide(const Type& op, const Window& window, const ValueType& x, std::int64_t channels) {
  Shape shape = {x.shape[0], channels};
  for (std::size_t axis = 0; axis < window.kernel.size(); ++axis) {
    shape.push_back(window_count(op, window, axis, x.shape[axis + 2]));
  }
  return {{DType::f32, shape}};
}

template <typename Type>
Types pool(const Type& op, const Window& window, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_float(op, inputs);
  expect_rank(op, inputs[0], 3);
  check_window(op, window, inputs[0].shape.size() - 2);
  for (std::size_t i = 0; i < window.pads.size(); ++i) {
    if (window.pads[i] >= reach(window, i % window.kernel.size())) {
      misfit(op, "a pad of {} would hold a whole window", window.pads[i]);
    }
  }
  return slide(op, window, inputs[0], inputs[0].shape[1]);
}

// What Conv and ConvTranspose have in common. Returns the spatial sizes of the kernel.
template <typename Type>
Ints check_layer(const Type& op, TypeSpan inputs) {
  expect_float(op, inputs);
  expect_rank(op, inputs[0], 3);
  const Shape& weight = inputs[1].shape;
  if (weight.size() != inputs[0].shape.size()) {
    misfit(op, "x is {} but the weight {}", to_string(inputs[0].shape), to_string(weight));
  }
  if (op.group < 1 || op.group > most) misfit(op, "group is {}, expected 1..2^30", op.group);
  return {weight.begin() + 2, weight.end()};
}

template <typename Type>
Types global_pool(const Type& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_float(op, inputs);
  expect_rank(op, inputs[0], 3);
  ValueType type = inputs[0];
  std::fill(type.shape.begin() + 2, type.shape.end(), 1);
  return {type};
}

template <typename Type>
Types reduce(const Type& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  const Shape& shape = inputs[0].shape;
  std::vector<bool> reduced = marked_axes(op, op.axes, shape.size());
  if (op.axes.empty()) reduced.assign(shape.size(), true);
  ValueType type{inputs[0].dtype, {}};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (!reduced[axis]) type.shape.push_back(shape[axis]);
    if (reduced[axis] && op.keepdims) type.shape.push_back(1);
  }
  return {type};
}

}  // namespace

Types infer_one(const Conv& op, TypeSpan inputs) {
  if (inputs.size() != 4) expect_inputs(op, inputs, 3);
  const Window window{.kernel = check_layer(op, inputs),
                      .strides = op.strides,
                      .dilations = op.dilations,
                      .pads = op.pads};
  check_window(op, window, window.kernel.size());
  const Shape& weight = inputs[1].shape;
  const std::int64_t channels = inputs[0].shape[1];
  if (channels % op.group != 0 || channels / op.group != weight[1]) {
    misfit(op, "x has {} channels, the weight expects {} in {} groups", channels, weight[1],
           op.group);
  }
  if (weight[0] % op.group != 0) {
    misfit(op, "{} output channels do not divide into {} groups", weight[0], op.group);
  }
  expect_shape(op, "the bias", inputs[2].shape, {weight[0]});
  const Types types = slide(op, window, inputs[0], weight[0]);
  if (inputs.size() == 4) expect_shape(op, "the addend", inputs[3].shape, types[0].shape);
  return types;
}

Types infer_one(const ConvTranspose& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 3);
  const Window window{.kernel = check_layer(op, inputs),
                      .strides = op.strides,
                      .dilations = op.dilations,
                      .pads = op.pads};
  check_window(op, window, window.kernel.size());
  const Shape& x = inputs[0].shape;
  const Shape& weight = inputs[1].shape;
  if (x[1] != weight[0] || x[1] % op.group != 0) {
    misfit(op, "x has {} channels, the weight expects {} in {} groups", x[1], weight[0], op.group);
  }
  expect_shape(op, "the bias", inputs[2].shape, {weight[1] * op.group});
  if (op.output_padding.size() != window.kernel.size()) {
    misfit(op, "'output_padding' has {} numbers, expected {}", op.output_padding.size(),
           window.kernel.size());
  }
  Shape shape = {x[0], weight[1] * op.group};
  for (std::size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const std::int64_t padding = op.output_padding[axis];
    if (padding < 0 || padding >= std::max(op.strides[axis], op.dilations[axis])) {
      misfit(op, "'output_padding' holds {}, expected less than the stride", padding);
    }
    const std::int64_t cropped = op.pads[axis] + op.pads[axis + window.kernel.size()];
    const std::int64_t size =
        op.strides[axis] * (x[axis + 2] - 1) + reach(window, axis) + padding - cropped;
    if (size < 1) misfit(op, "the pads {} leave nothing", to_string(op.pads));
    shape.push_back(size);
  }
  return {{DType::f32, shape}};
}

Types infer_one(const MaxPool& op, TypeSpan inputs) {
  return pool(op,
              {.kernel = op.kernel_shape,
               .strides = op.strides,
               .dilations = op.dilations,
               .pads = op.pads,
               .ceil_mode = op.ceil_mode},
              inputs);
}

Types infer_one(const AveragePool& op, TypeSpan inputs) {
  return pool(op,
              {.kernel = op.kernel_shape,
               .strides = op.strides,
               .dilations = Ints(op.kernel_shape.size(), 1),
               .pads = op.pads,
               .ceil_mode = op.ceil_mode},
              inputs);
}

Types infer_one(const GlobalAveragePool& op, TypeSpan inputs) { return global_pool(op, inputs); }

Types infer_one(const GlobalMaxPool& op, TypeSpan inputs) { return global_pool(op, inputs); }

Types infer_one(const ReduceMean& op, TypeSpan inputs) {
  expect_float(op, inputs);
  return reduce(op, inputs);
}

Types infer_one(const ReduceSum& op, TypeSpan inputs) {
  expect_arithmetic(op, inputs);
  return reduce(op, inputs);
}

}  // namespace vernier
