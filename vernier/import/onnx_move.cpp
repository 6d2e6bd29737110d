// What moves elements about.

#include <algorithm>
#include <numeric>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"

namespace vernier {
namespace {

// Equal parts; where they do not come out even, the last one is smaller (opset 18).
Ints equal_parts(std::int64_t size, std::int64_t count) {
  if (count < 1) fail("there are no outputs");
  const std::int64_t part = (size + count - 1) / count;
  if (part * (count - 1) > size) fail("{} elements do not split into {} parts", size, count);
  Ints parts(static_cast<std::size_t>(count), part);
  parts.back() = size - part * (count - 1);
  return parts;
}

// One number an axis, from numbers for some of them.
Ints spread_pads(const Ints& pads, const Ints& axes, std::int64_t rank) {
  if (pads.size() != 2 * axes.size()) {
    fail("there are {} pads, expected {}", pads.size(), 2 * axes.size());
  }
  Ints all(static_cast<std::size_t>(2 * rank), 0);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(positive_axis(axes[i], rank));
    all[axis] = pads[i];
    all[axis + static_cast<std::size_t>(rank)] = pads[i + axes.size()];
  }
  return all;
}

Ints first_axes(std::size_t count) {
  Ints axes(count);
  std::iota(axes.begin(), axes.end(), 0);
  return axes;
}

}  // namespace

Converted convert_concat(OnnxNode& node) {
  const auto axis = node.attributes.required<std::int64_t>("axis");
  return Computed{Concat{positive_axis(axis, rank(node, 0))}, all_inputs(node)};
}

Converted convert_gather(OnnxNode& node) {
  const auto axis = node.attributes.get<std::int64_t>("axis", 0);
  ValueId indices = input(node, 1);
  if (node.graph.dtype(indices) == DType::i32) {
    indices = emit(node, Cast{.to = DType::i64}, {indices});
  }
  return Computed{Gather{positive_axis(axis, rank(node, 0))}, {input(node, 0), indices}};
}

// Opset 11 made the pads and the value inputs, opset 18 added axes.
Converted convert_pad(OnnxNode& node) {
  Pad op;
  node.attributes.read("mode", op.mode);
  const std::int64_t axis_count = rank(node, 0);
  const auto pads = integers_if_any(node, "pads", 11, 1);
  if (!pads) fail("'pads' are missing");
  Ints axes = first_axes(static_cast<std::size_t>(axis_count));
  if (input_if_any(node, 3)) axes = integers(node, 3);
  op.pads = spread_pads(*pads, axes, axis_count);
  if (node.opset < 11) node.attributes.read("value", op.value);
  if (node.opset >= 11 && input_if_any(node, 2)) {
    const std::vector<float> value = reals(node, 2);
    if (value.size() != 1) fail("the value has {} elements, expected 1", value.size());
    op.value = value[0];
  }
  return Computed{op, {input(node, 0)}};
}

// Opset 10 made all of it inputs and added steps.
Converted convert_slice(OnnxNode& node) {
  const auto starts = integers_if_any(node, "starts", 10, 1);
  const auto ends = integers_if_any(node, "ends", 10, 2);
  if (!starts || !ends) fail("'starts' or 'ends' are missing");
  Ints axes = integers_if_any(node, "axes", 10, 3).value_or(first_axes(starts->size()));
  for (std::int64_t& axis : axes) axis = positive_axis(axis, rank(node, 0));
  const bool has_steps = node.opset >= 10 && input_if_any(node, 4).has_value();
  const Ints steps = has_steps ? integers(node, 4) : Ints(starts->size(), 1);
  return Computed{Slice{.starts = *starts, .ends = *ends, .axes = axes, .steps = steps},
                  {input(node, 0)}};
}

Converted convert_split(OnnxNode& node) {
  const std::int64_t axis =
      positive_axis(node.attributes.get<std::int64_t>("axis", 0), rank(node, 0));
  const std::int64_t count = node.proto.output_size();
  node.attributes.expect("num_outputs", count);
  if (const auto parts = integers_if_any(node, "split", 13, 1)) {
    return Computed{Split{.axis = axis, .split = *parts}, {input(node, 0)}};
  }
  const AtBatches<ValueType> x = node.graph.types(input(node, 0));
  const auto size = static_cast<std::size_t>(axis);
  if (x[0].shape[size] != x[1].shape[size]) {
    fail("the batch is split; fix it with --shape");
  }
  return Computed{Split{.axis = axis, .split = equal_parts(x[0].shape[size], count)},
                  {input(node, 0)}};
}

Converted convert_transpose(OnnxNode& node) {
  Ints reversed = first_axes(static_cast<std::size_t>(rank(node, 0)));
  std::ranges::reverse(reversed);
  return Computed{Transpose{node.attributes.get("perm", reversed)}, {input(node, 0)}};
}

}  // namespace vernier
