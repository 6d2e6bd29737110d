// Shapes of what moves elements about without computing.

#include <algorithm>
#include <cmath>

#include "vernier/ir/shapes_one.h"

namespace vernier {
namespace {

constexpr std::int64_t largest_size = std::int64_t{1} << 31;

void expect_count(const auto& op, std::string_view what, std::size_t found, std::size_t expected) {
  if (found != expected) misfit(op, "'{}' has {} numbers, expected {}", what, found, expected);
}

}  // namespace

SliceRange slice_range(const Slice& op, std::size_t entry, std::int64_t size) {
  // No axis is longer than 2^31, so a longer step takes as much as that one.
  const std::int64_t step = std::clamp(op.steps[entry], -largest_size, largest_size);
  if (step == 0) misfit(op, "a step is 0");
  if (size == 0) return {.step = step};
  const std::int64_t lowest = step > 0 ? 0 : -1;
  const std::int64_t highest = step > 0 ? size : size - 1;
  const auto position = [&](std::int64_t given) {
    return std::clamp(given < 0 ? given + size : given, lowest, highest);
  };
  const std::int64_t start = std::max<std::int64_t>(position(op.starts[entry]), 0);
  const std::int64_t length = position(op.ends[entry]) - start;
  const std::int64_t count = step > 0 ? (length + step - 1) / step : (length + step + 1) / step;
  return {.start = start, .step = step, .count = std::max<std::int64_t>(count, 0)};
}

Types infer_one(const Concat& op, TypeSpan inputs) {
  if (inputs.empty()) misfit(op, "has no inputs");
  ValueType type = inputs[0];
  const std::size_t axis = checked_axis(op, op.axis, type.shape.size());
  for (const ValueType& input : inputs.subspan(1)) {
    if (input.dtype != type.dtype) {
      misfit(op, "inputs are {} and {}", name(type.dtype), name(input.dtype));
    }
    if (input.shape.size() != type.shape.size()) {
      misfit(op, "inputs are {} and {}", to_string(inputs[0].shape), to_string(input.shape));
    }
    Shape others = input.shape;
    type.shape[axis] += std::exchange(others[axis], inputs[0].shape[axis]);
    expect_shape(op, "an input, but for the axis,", others, inputs[0].shape);
  }
  return {type};
}

Types infer_one(const Split& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  const std::size_t axis = checked_axis(op, op.axis, inputs[0].shape.size());
  std::int64_t left = inputs[0].shape[axis];
  Types types;
  for (const std::int64_t size : op.split) {
    if (size < 0 || size > left) misfit(op, "the parts {} do not fit", to_string(op.split));
    left -= size;
    types.push_back(inputs[0]);
    types.back().shape[axis] = size;
  }
  if (left != 0) misfit(op, "the parts {} leave {} elements", to_string(op.split), left);
  return types;
}

Types infer_one(const Slice& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_count(op, "starts", op.starts.size(), op.axes.size());
  expect_count(op, "ends", op.ends.size(), op.axes.size());
  expect_count(op, "steps", op.steps.size(), op.axes.size());
  ValueType type = inputs[0];
  marked_axes(op, op.axes, type.shape.size());
  for (std::size_t i = 0; i < op.axes.size(); ++i) {
    std::int64_t& size = type.shape[static_cast<std::size_t>(op.axes[i])];
    size = slice_range(op, i, size).count;
  }
  return {type};
}

Types infer_one(const Pad& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  ValueType type = inputs[0];
  const std::size_t rank = type.shape.size();
  expect_count(op, "pads", op.pads.size(), 2 * rank);
  for (std::size_t i = 0; i < 2 * rank; ++i) {
    const std::int64_t pad = op.pads[i];
    const std::int64_t size = inputs[0].shape[i % rank];
    if (pad > largest_size || pad < -largest_size) misfit(op, "a pad is {}", pad);
    if (op.mode == PadMode::reflect && pad >= std::max<std::int64_t>(size, 1)) {
      misfit(op, "{} elements cannot be mirrored beyond {}", size, pad);
    }
    if (op.mode == PadMode::edge && pad > 0 && size == 0) misfit(op, "an empty axis has no edge");
    type.shape[i % rank] += pad;
  }
  for (const std::int64_t size : type.shape) {
    if (size < 0) misfit(op, "{} cropped by {}", to_string(inputs[0].shape), to_string(op.pads));
  }
  return {type};
}

Types infer_one(const Reshape& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  const std::int64_t count = element_count(inputs[0].shape);
  ValueType type{inputs[0].dtype, op.shape};
  const auto rest = std::ranges::find(type.shape, -1);
  if (std::ranges::count(op.shape, -1) > 1)
    misfit(op, "two sizes of {} are -1", to_string(op.shape));
  if (rest != type.shape.end()) {
    *rest = 1;
    check_shape(type.shape, op.type);
    const std::int64_t others = element_count(type.shape);
    *rest = others == 0 ? 0 : count / others;
  }
  check_shape(type.shape, op.type);
  if (element_count(type.shape) != count) {
    misfit(op, "{} does not fit into {}", to_string(inputs[0].shape), to_string(op.shape));
  }
  return {type};
}

Types infer_one(const Flatten& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  const Shape& shape = inputs[0].shape;
  // The axis may also stand behind the last one.
  const auto axis = static_cast<std::ptrdiff_t>(checked_axis(op, op.axis, shape.size() + 1));
  const Shape before(shape.begin(), shape.begin() + axis);
  const Shape behind(shape.begin() + axis, shape.end());
  return {{inputs[0].dtype, {element_count(before), element_count(behind)}}};
}

// Without axes: all of size 1.
Types infer_one(const Squeeze& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  const Shape& shape = inputs[0].shape;
  std::vector<bool> dropped = marked_axes(op, op.axes, shape.size());
  ValueType type{inputs[0].dtype, {}};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (op.axes.empty()) dropped[axis] = shape[axis] == 1;
    if (!dropped[axis]) type.shape.push_back(shape[axis]);
    if (dropped[axis] && shape[axis] != 1) {
      misfit(op, "axis {} of {} is not 1", axis, to_string(shape));
    }
  }
  return {type};
}

Types infer_one(const Unsqueeze& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  const std::vector<bool> marked =
      marked_axes(op, op.axes, inputs[0].shape.size() + op.axes.size());
  ValueType type{inputs[0].dtype, {}};
  auto next = inputs[0].shape.begin();
  for (const bool is_new : marked) type.shape.push_back(is_new ? 1 : *next++);
  return {type};
}

Types infer_one(const Transpose& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_count(op, "perm", op.perm.size(), inputs[0].shape.size());
  marked_axes(op, op.perm, op.perm.size());
  ValueType type{inputs[0].dtype, {}};
  for (const std::int64_t axis : op.perm) {
    type.shape.push_back(inputs[0].shape[static_cast<std::size_t>(axis)]);
  }
  return {type};
}

Types infer_one(const Gather& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 2);
  if (inputs[1].dtype != DType::i64) {
    misfit(op, "indices are {}, expected i64", name(inputs[1].dtype));
  }
  const Shape& data = inputs[0].shape;
  const auto axis = static_cast<std::ptrdiff_t>(checked_axis(op, op.axis, data.size()));
  Shape shape(data.begin(), data.begin() + axis);
  shape.insert(shape.end(), inputs[1].shape.begin(), inputs[1].shape.end());
  shape.insert(shape.end(), data.begin() + axis + 1, data.end());
  return {{inputs[0].dtype, shape}};
}

Types infer_one(const Expand& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  Shape target = op.shape;
  std::ranges::replace(target, -1, 1);
  return {{inputs[0].dtype, broadcast(op, inputs[0].shape, target)}};
}

Types infer_one(const DepthToSpace& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_rank(op, inputs[0], 4, 4);
  const Shape& x = inputs[0].shape;
  const std::int64_t block = op.blocksize;
  if (block < 1 || block > largest_size || x[1] % (block * block) != 0) {
    misfit(op, "{} channels do not divide into blocks of {} by {}", x[1], block, block);
  }
  return {{inputs[0].dtype, {x[0], x[1] / (block * block), x[2] * block, x[3] * block}}};
}

Types infer_one(const Resize& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_float(op, inputs);
  const std::size_t rank = inputs[0].shape.size();
  expect_count(op, "scales", op.scales.size(), rank);
  expect_count(op, "sizes", op.sizes.size(), rank);
  if (!op.roi.empty()) expect_count(op, "roi", op.roi.size(), 2 * rank);
  for (std::size_t i = 0; i < rank; ++i) {
    if (!(op.scales[i] > 0.0F) || !std::isfinite(op.scales[i])) {
      misfit(op, "a scale is {}, expected a positive number", op.scales[i]);
    }
    if (op.sizes[i] > 0 && inputs[0].shape[i] == 0) misfit(op, "x is empty");
  }
  ValueType type{DType::f32, op.sizes};
  // The batch axis follows the input.
  if (rank > 0 && op.scales[0] == 1.0F) type.shape[0] = inputs[0].shape[0];
  return {type};
}

}  // namespace vernier
