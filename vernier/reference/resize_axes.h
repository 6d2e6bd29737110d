#pragma once

// Resize in terms of loops/. x and y are the shapes of the input and of the output, which `infer`
// accepted.

#include <vector>

#include "vernier/ir/op.h"
#include "vernier/loops/move.h"
#include "vernier/loops/resize.h"

namespace vernier {

/// Where the elements of one axis lie, by the coordinate mode of ONNX's Resize. A scale that is the
/// rounded ratio of the two sizes is taken as that ratio: a position that is an integer would miss
/// it otherwise.
AxisResize axis_resize(const Resize& op, std::size_t axis, const Shape& x, const Shape& y);

/// Mode `nearest`. Elements outside of x (tf_crop_and_resize) get the fill, which is
/// `op.extrapolation_value`.
Move nearest_move(const Resize& op, const Shape& x, const Shape& y);

/// Modes `linear` and `cubic`: the axes that change, in the order in which they are resized.
struct ResizedAxis {
  std::size_t axis = 0;
  AxisInterpolation plan;
};
std::vector<ResizedAxis> interpolated_axes(const Resize& op, const Shape& x, const Shape& y);

}  // namespace vernier
