// Shapes as values, and what only changes a shape.

#include <algorithm>
#include <array>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"
#include "vernier/import/onnx_tensor.h"

namespace vernier {
namespace {

Tensor integers_tensor(const Ints& values) {
  return Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values);
}

Folded constant_everywhere(const Tensor& tensor) { return {tensor, tensor}; }

// A Reshape keeps a size of the input where the shape says 0, unless zeros are meant.
Reshape keep_sizes(const Ints& requested, const Shape& x, bool zero_is_size) {
  Reshape op{requested};
  for (std::size_t i = 0; i < op.shape.size() && !zero_is_size; ++i) {
    if (op.shape[i] != 0) continue;
    if (i >= x.size()) {
      fail("the shape {} keeps axis {} of {}", to_string(requested), i, to_string(x));
    }
    op.shape[i] = x[i];
  }
  return op;
}

// One element, of whatever type, everywhere.
Tensor filled(const Tensor& element, const Shape& shape) {
  Tensor tensor(element.dtype(), shape);
  const std::span<std::byte> bytes = tensor.edit_bytes();
  const std::size_t width = element.bytes().size();
  for (std::size_t i = 0; i < bytes.size(); i += width) {
    std::ranges::copy(element.bytes(), bytes.begin() + static_cast<std::ptrdiff_t>(i));
  }
  return tensor;
}

}  // namespace

Converted convert_constant(OnnxNode& node) {
  Attributes& attributes = node.attributes;
  if (attributes.has("value_float")) {
    return constant_everywhere(
        Tensor::of<float>({}, std::array{attributes.required<float>("value_float")}));
  }
  if (attributes.has("value_int")) {
    return constant_everywhere(
        Tensor::of<std::int64_t>({}, std::array{attributes.required<std::int64_t>("value_int")}));
  }
  if (attributes.has("value_floats")) {
    const auto values = attributes.required<std::vector<float>>("value_floats");
    return constant_everywhere(
        Tensor::of<float>({static_cast<std::int64_t>(values.size())}, values));
  }
  if (attributes.has("value_ints")) {
    return constant_everywhere(integers_tensor(attributes.required<Ints>("value_ints")));
  }
  return constant_everywhere(import_tensor(attributes.tensor("value"), node.folder));
}

Converted convert_constant_of_shape(OnnxNode& node) {
  Tensor element(DType::f32, {1});
  if (node.attributes.has("value")) {
    element = import_tensor(node.attributes.tensor("value"), node.folder);
  }
  if (element.size() != 1) fail("'value' has {} elements, expected 1", element.size());
  Folded result;
  const AtBatches<Ints> shapes = integers_at_batches(node, 0);
  for (std::size_t batch = 0; batch < 2; ++batch) {
    check_shape(shapes[batch], "the result");
    node.graph.spend(element_count(shapes[batch]));
    result[batch] = filled(element, shapes[batch]);
  }
  return result;
}

// A size that depends on the batch must be the input's own, which stays as it is.
Converted convert_expand(OnnxNode& node) {
  const AtBatches<Ints> target = integers_at_batches(node, 1);
  const AtBatches<ValueType> x = node.graph.types(input(node, 0));
  if (target[0].size() != target[1].size()) fail("the shape depends on the batch");
  // Axes are counted from the last one.
  const auto is_kept = [&](std::size_t batch, std::size_t from_end) {
    const Shape& shape = x[batch].shape;
    return from_end <= shape.size() &&
           shape[shape.size() - from_end] == target[batch][target[batch].size() - from_end];
  };
  Expand op{target[0]};
  for (std::size_t i = 0; i < op.shape.size(); ++i) {
    if (target[0][i] == target[1][i]) continue;
    if (!is_kept(0, op.shape.size() - i) || !is_kept(1, op.shape.size() - i)) {
      fail("axis {} is repeated for each image of a batch; fix the batch with --shape", i);
    }
    op.shape[i] = -1;
  }
  return Computed{op, {input(node, 0)}};
}

Converted convert_flatten(OnnxNode& node) {
  const std::int64_t axes = rank(node, 0);
  const auto axis = node.attributes.get<std::int64_t>("axis", 1);
  return Computed{Flatten{axis == axes ? axes : positive_axis(axis, axes)}, {input(node, 0)}};
}

// The size that depends on the batch becomes -1: what is left.
Converted convert_reshape(OnnxNode& node) {
  const bool zero_is_size = node.attributes.get("allowzero", false);
  const AtBatches<Ints> requested = integers_at_batches(node, 1);
  const AtBatches<ValueType> x = node.graph.types(input(node, 0));
  const auto keep = [&](std::size_t batch) {
    return keep_sizes(requested[batch], x[batch].shape, zero_is_size);
  };
  const AtBatches<Shape> target = {infer(keep(0), {&x[0], 1})[0].shape,
                                   infer_at_second_batch(keep(1), {&x[1], 1})[0].shape};
  if (target[0].size() != target[1].size()) fail("the shape depends on the batch");
  Reshape op{target[0]};
  for (std::size_t i = 0; i < op.shape.size(); ++i) {
    if (target[0][i] != target[1][i]) op.shape[i] = -1;
  }
  if (std::ranges::count(op.shape, -1) > 1) {
    fail("two sizes of {} depend on the batch; fix the batch with --shape", to_string(target[1]));
  }
  return Computed{op, {input(node, 0)}};
}

Converted convert_shape(OnnxNode& node) {
  const AtBatches<ValueType> x = node.graph.types(input(node, 0));
  const std::int64_t axes = rank(node, 0);
  const auto position = [&](std::string_view name, std::int64_t otherwise) {
    const auto axis = node.attributes.get(name, otherwise);
    return std::clamp<std::int64_t>(axis < 0 ? axis + axes : axis, 0, axes);
  };
  const std::int64_t start = position("start", 0);
  const std::int64_t end = std::max(position("end", axes), start);
  Folded result;
  for (std::size_t batch = 0; batch < 2; ++batch) {
    const auto begin = x[batch].shape.begin();
    result[batch] = integers_tensor(Ints(begin + start, begin + end));
  }
  return result;
}

// Without axes: all that are 1, whatever the batch.
Converted convert_squeeze(OnnxNode& node) {
  const auto given = integers_if_any(node, "axes", 13, 1);
  const AtBatches<ValueType> x = node.graph.types(input(node, 0));
  Ints axes = positive_axes(given.value_or(Ints{}), rank(node, 0));
  for (std::int64_t axis = 0; axis < rank(node, 0) && !given; ++axis) {
    const auto i = static_cast<std::size_t>(axis);
    if (x[0].shape[i] == 1 && x[1].shape[i] == 1) axes.push_back(axis);
  }
  if (axes.empty()) return Computed{Identity{}, {input(node, 0)}};
  return Computed{Squeeze{axes}, {input(node, 0)}};
}

Converted convert_unsqueeze(OnnxNode& node) {
  const auto axes = integers_if_any(node, "axes", 13, 1);
  if (!axes) fail("'axes' are missing");
  const std::int64_t axis_count = rank(node, 0) + static_cast<std::int64_t>(axes->size());
  return Computed{Unsqueeze{positive_axes(*axes, axis_count)}, {input(node, 0)}};
}

}  // namespace vernier
