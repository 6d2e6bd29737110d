// Resize of opsets 10, 11, 13, 18 and 19, and Upsample, which is its oldest form.
//
// With scales the result has floor(size * scale) elements; with sizes the scale is their quotient.

#include <cmath>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"

namespace vernier {
namespace {

// The axes that are resized (opset 18): all, unless the node says which.
Ints resized_axes(OnnxNode& node) {
  Ints axes;
  for (std::int64_t axis = 0; axis < rank(node, 0); ++axis) axes.push_back(axis);
  node.attributes.read("axes", axes);
  for (std::int64_t& axis : axes) axis = positive_axis(axis, rank(node, 0));
  return axes;
}

void expect_count(std::string_view what, std::size_t found, std::size_t expected) {
  if (found != expected) fail("there are {} {}, expected {}", found, what, expected);
}

void set_scales(const OnnxNode& node, const std::vector<float>& scales, const Ints& axes,
                Resize& op) {
  expect_count("scales", scales.size(), axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    const float size = std::floor(static_cast<float>(shape(node, 0)[axis]) * scales[i]);
    if (!(size >= 0.0F && size <= 0x1p31F)) fail("a scale is {}", scales[i]);
    op.scales[axis] = scales[i];
    op.sizes[axis] = static_cast<std::int64_t>(size);
  }
}

// A size that depends on the batch must be the batch, which stays as it is.
void set_sizes(const OnnxNode& node, std::size_t position, const Ints& axes, Resize& op) {
  const AtBatches<Ints> sizes = integers_at_batches(node, position);
  const AtBatches<ValueType> x = node.graph.types(input(node, 0));
  for (const Ints& each : sizes) expect_count("sizes", each.size(), axes.size());
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const auto axis = static_cast<std::size_t>(axes[i]);
    const bool kept = sizes[0][i] == x[0].shape[axis] && sizes[1][i] == x[1].shape[axis];
    if (kept) continue;
    if (sizes[0][i] != sizes[1][i] || x[0].shape[axis] != x[1].shape[axis]) {
      fail("the batch is resized to {}; fix the batch with --shape", sizes[0][i]);
    }
    op.sizes[axis] = sizes[0][i];
    op.scales[axis] = static_cast<float>(sizes[0][i]) / static_cast<float>(x[0].shape[axis]);
  }
}

// All begins, then all ends, as parts of the whole axis.
std::vector<float> region(const OnnxNode& node, const Ints& axes) {
  const std::vector<float> given = reals(node, 1);
  expect_count("numbers in roi", given.size(), 2 * axes.size());
  const auto axis_count = static_cast<std::size_t>(rank(node, 0));
  std::vector<float> roi(axis_count, 0.0F);
  roi.resize(2 * axis_count, 1.0F);
  for (std::size_t i = 0; i < axes.size(); ++i) {
    roi[static_cast<std::size_t>(axes[i])] = given[i];
    roi[static_cast<std::size_t>(axes[i]) + axis_count] = given[i + axes.size()];
  }
  return roi;
}

Resize same_size(const OnnxNode& node) {
  const Shape x = shape(node, 0);
  return {.scales = std::vector<float>(x.size(), 1.0F), .sizes = x};
}

// Upsample, and Resize as it was in opset 10: no choice of coordinates.
Converted convert_by_scales(OnnxNode& node, const std::vector<float>& scales) {
  Resize op = same_size(node);
  op.coordinate_transformation_mode = CoordinateMode::asymmetric;
  op.nearest_mode = NearestMode::floor;
  node.attributes.read("mode", op.mode);
  set_scales(node, scales, resized_axes(node), op);
  return Computed{op, {input(node, 0)}};
}

bool is_given(const OnnxNode& node, std::size_t position) {
  return input_if_any(node, position) && element_count(shape(node, position)) > 0;
}

}  // namespace

Converted convert_resize(OnnxNode& node) {
  if (node.opset < 11) return convert_by_scales(node, reals(node, 1));
  Resize op = same_size(node);
  Attributes& attributes = node.attributes;
  attributes.expect("antialias", 0);
  attributes.read("mode", op.mode);
  attributes.read("coordinate_transformation_mode", op.coordinate_transformation_mode);
  attributes.read("nearest_mode", op.nearest_mode);
  attributes.read("cubic_coeff_a", op.cubic_coeff_a);
  attributes.read("exclude_outside", op.exclude_outside);
  attributes.read("extrapolation_value", op.extrapolation_value);
  const auto policy = attributes.get<std::string>("keep_aspect_ratio_policy", "stretch");
  if (policy != "stretch") {
    fail("attribute 'keep_aspect_ratio_policy' is '{}', supported: stretch", policy);
  }
  const Ints axes = resized_axes(node);
  if (is_given(node, 3)) {
    set_sizes(node, 3, axes, op);
  } else {
    set_scales(node, reals(node, 2), axes, op);
  }
  if (op.coordinate_transformation_mode == CoordinateMode::tf_crop_and_resize) {
    op.roi = region(node, axes);
  }
  return Computed{op, {input(node, 0)}};
}

// Opset 9 made the scales an input.
Converted convert_upsample(OnnxNode& node) {
  if (node.opset >= 9) return convert_by_scales(node, reals(node, 1));
  return convert_by_scales(node, node.attributes.required<std::vector<float>>("scales"));
}

}  // namespace vernier
