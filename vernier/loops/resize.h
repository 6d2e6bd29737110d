#pragma once

// Resizing by interpolation, as ONNX's Resize (opsets 10 to 18) defines it. It is separable: one
// axis after the other, the last axis first.

#include <cstdint>
#include <optional>
#include <vector>

#include "vernier/loops/axis_view.h"

namespace vernier {

/// Where the elements of a resized axis lie on the axis that it comes from: element i at
/// (i + shift) * numerator / denominator + offset. All coordinate modes of ONNX have this form. It
/// divides last, so that a position that is an integer comes out as an integer.
struct CoordinateMap {
  double shift = 0.0;
  double numerator = 1.0;
  double denominator = 1.0;
  double offset = 0.0;

  double operator()(std::int64_t position) const {
    return (static_cast<double>(position) + shift) * numerator / denominator + offset;
  }
};

struct Interpolation {
  bool cubic = false;                  ///< over four neighbours; else linear, over two
  double cubic_coefficient = -0.75;    ///< Keys' a
  bool exclude_outside = false;        ///< neighbours beyond the ends weigh nothing; else the end
                                       ///< stands for them
  std::optional<float> extrapolation;  ///< value of the elements that lie beyond the ends
};

/// How one axis is resized: element i of the result is constants[i] plus the elements
/// indices[i, tap] of the source times weights[i, tap], added in the order of the taps.
struct AxisInterpolation {
  std::int64_t taps = 2;
  std::vector<std::int64_t> indices;
  std::vector<float> weights;
  std::vector<float> constants;
};

/// From an axis of `source_size` (at least 1) to one of `size`.
struct AxisResize {
  CoordinateMap map;
  std::int64_t source_size = 1;
  std::int64_t size = 1;
};
AxisInterpolation plan_interpolation(const AxisResize& axis, const Interpolation& interpolation);

/// `view` is that of x; that of y has the size of the plan instead.
void interpolate_axis(const AxisInterpolation& plan, const AxisView& view, const float* x,
                      float* y);

}  // namespace vernier
