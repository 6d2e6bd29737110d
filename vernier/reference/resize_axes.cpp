#include "vernier/reference/resize_axes.h"

#include <algorithm>
#include <cmath>

#include "vernier/base/error.h"
#include "vernier/reference/moves.h"

namespace vernier {
namespace {

constexpr CoordinateMap always(double position) {
  return {.numerator = 0.0, .denominator = 1.0, .offset = position};
}

// The part of x that `roi` names, in fractions of its length.
CoordinateMap cropped(const Resize& op, std::size_t axis, double x, double y) {
  const std::size_t rank = op.scales.size();
  if (op.roi.size() != 2 * rank) {
    fail("Resize: tf_crop_and_resize with a roi of {} numbers, expected {}", op.roi.size(),
         2 * rank);
  }
  const auto start = static_cast<double>(op.roi[axis]);
  const auto end = static_cast<double>(op.roi[rank + axis]);
  if (y <= 1.0) return always(0.5 * (start + end) * (x - 1.0));
  return {
      .numerator = (end - start) * (x - 1.0), .denominator = y - 1.0, .offset = start * (x - 1.0)};
}

// `x` and `y` are the sizes of the axis; those of the formulas in ONNX's description of Resize.
CoordinateMap coordinate_map(const Resize& op, std::size_t axis, double x, double y) {
  const float scale = op.scales[axis];
  const bool exact = static_cast<float>(y / x) == scale;
  const double numerator = exact ? x : 1.0;
  const double denominator = exact ? y : static_cast<double>(scale);
  const double length = exact ? y : x * static_cast<double>(scale);
  switch (op.coordinate_transformation_mode) {
    case CoordinateMode::half_pixel:
      return {0.5, numerator, denominator, -0.5};
    case CoordinateMode::asymmetric:
      return {0.0, numerator, denominator, 0.0};
    case CoordinateMode::align_corners:
      return length > 1.0 ? CoordinateMap{0.0, x - 1.0, length - 1.0, 0.0} : always(0.0);
    case CoordinateMode::pytorch_half_pixel:
      return y > 1.0 ? CoordinateMap{0.5, numerator, denominator, -0.5} : always(0.0);
    case CoordinateMode::tf_half_pixel_for_nn:
      return {0.5, numerator, denominator, 0.0};
    case CoordinateMode::tf_crop_and_resize:
      return cropped(op, axis, x, y);
  }
  return {};
}

bool extrapolates(const Resize& op) {
  return op.coordinate_transformation_mode == CoordinateMode::tf_crop_and_resize;
}

double rounded(NearestMode mode, double position) {
  switch (mode) {
    case NearestMode::round_prefer_floor:
      return std::ceil(position - 0.5);
    case NearestMode::round_prefer_ceil:
      return std::floor(position + 0.5);
    case NearestMode::floor:
      return std::floor(position);
    case NearestMode::ceil:
      return std::ceil(position);
  }
  return position;
}

std::int64_t nearest_index(const Resize& op, double position, std::int64_t size) {
  const auto last = static_cast<double>(size - 1);
  const bool inside = position >= 0.0 && position <= last;
  if (extrapolates(op) && !inside) return outside;
  return static_cast<std::int64_t>(std::clamp(rounded(op.nearest_mode, position), 0.0, last));
}

bool changes(const AxisResize& axis) {
  return axis.source_size != axis.size || axis.map(0) != 0.0 ||
         axis.map(axis.size - 1) != static_cast<double>(axis.size - 1);
}

}  // namespace

AxisResize axis_resize(const Resize& op, std::size_t axis, const Shape& x, const Shape& y) {
  return {
      .map = coordinate_map(op, axis, static_cast<double>(x[axis]), static_cast<double>(y[axis])),
      .source_size = x[axis],
      .size = y[axis]};
}

Move nearest_move(const Resize& op, const Shape& x, const Shape& y) {
  std::vector<std::vector<std::int64_t>> indices(x.size());
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    const CoordinateMap map = axis_resize(op, axis, x, y).map;
    for (std::int64_t i = 0; i < y[axis]; ++i) {
      indices[axis].push_back(nearest_index(op, map(i), x[axis]));
    }
  }
  return move_of_indices(std::move(indices), x);
}

std::vector<ResizedAxis> interpolated_axes(const Resize& op, const Shape& x, const Shape& y) {
  Interpolation interpolation{.cubic = op.mode == ResizeMode::cubic,
                              .cubic_coefficient = static_cast<double>(op.cubic_coeff_a),
                              .exclude_outside = op.exclude_outside};
  if (extrapolates(op)) interpolation.extrapolation = op.extrapolation_value;
  std::vector<ResizedAxis> axes;
  for (std::size_t axis = x.size(); axis-- > 0;) {
    const AxisResize resize = axis_resize(op, axis, x, y);
    if (changes(resize)) axes.push_back({axis, plan_interpolation(resize, interpolation)});
  }
  return axes;
}

}  // namespace vernier
