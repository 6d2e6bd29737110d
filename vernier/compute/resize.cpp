// Resize, where oneDNN's coordinates are the operator's. It places pixel centres (half_pixel):
//
//   x = (x_out + 0.5) * size_in / size_out - 0.5
//
// and takes the nearest pixel, or interpolates linearly between the two beside x, the last of them
// again beyond the border.

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

using dnnl::algorithm;

// Every pixel becomes a block of whole pixels: all of a block is nearest to it, and the rounding of
// halves never matters, when centres are placed, or when corners are and the position is cut off.
bool repeats_pixels(const Resize& op, const Shape& input, const Shape& output) {
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    if (input[axis] == 0 || output[axis] % input[axis] != 0) return false;
  }
  if (op.coordinate_transformation_mode == CoordinateMode::asymmetric) {
    return op.nearest_mode == NearestMode::floor;
  }
  return op.coordinate_transformation_mode == CoordinateMode::half_pixel &&
         (op.nearest_mode == NearestMode::round_prefer_floor ||
          op.nearest_mode == NearestMode::round_prefer_ceil);
}

// The operator computes with `scales`, oneDNN with the quotient of the sizes; it leaves batch and
// channels alone.
bool scales_are_quotients(const Resize& op, const Shape& input, const Shape& output) {
  if (op.scales.size() != input.size()) return false;
  for (std::size_t axis = 0; axis < input.size(); ++axis) {
    const double exact = static_cast<double>(input[axis]) * op.scales[axis];
    if (exact != static_cast<double>(output[axis])) return false;
  }
  return input[0] == output[0] && input[1] == output[1];
}

algorithm resampling(const Resize& op, const Shape& input, const Shape& output) {
  if (input.size() < 3 || !scales_are_quotients(op, input, output)) return algorithm::undef;
  if (op.mode == ResizeMode::nearest && repeats_pixels(op, input, output)) {
    return algorithm::resampling_nearest;
  }
  if (op.mode == ResizeMode::linear &&
      op.coordinate_transformation_mode == CoordinateMode::half_pixel) {
    return algorithm::resampling_linear;
  }
  return algorithm::undef;
}

}  // namespace

bool forward(const Resize& op, const Node& node, Compiler& compiler) {
  const Shape& output = compiler.shape(node.outputs[0]);
  const algorithm kind = resampling(op, compiler.shape(node.inputs[0]), output);
  if (kind == algorithm::undef) return false;
  const Location source = compiler.home(node.inputs[0]);
  const auto description = describe<dnnl::resampling_forward>(
      compiler.engine(), attributes(), dnnl::prop_kind::forward_inference, kind, source.layout,
      any_layout(output));
  if (!is_fast(description)) return false;
  const Location target = compiler.write(node.outputs[0], description.dst_desc());
  compiler.add_primitive(description, dnnl::resampling_forward(description),
                         {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  return true;
}

}  // namespace vernier
