// OpenVINO's FakeQuantize (domain org.openvinotoolkit): x in `levels` equal steps from input_low to
// input_high, as the reals of output_low to output_high. Source: OpenVINO, FakeQuantize-1.
// It is read as QuantizeLinear and DequantizeLinear, where both intervals are the same.

#include <algorithm>
#include <cmath>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"

namespace vernier {
namespace {

struct Interval {
  std::vector<float> lo;
  std::vector<float> hi;
};

Interval interval_at(const OnnxNode& node, std::size_t position) {
  return {reals(node, position), reals(node, position + 1)};
}

Interval only_interval(const OnnxNode& node) {
  Interval interval = interval_at(node, 1);
  const Interval output = interval_at(node, 3);
  if (output.lo != interval.lo || output.hi != interval.hi)
    fail("FakeQuantize whose output interval is not that of its input is not supported");
  if (interval.lo.size() != interval.hi.size())
    fail("FakeQuantize has {} lower and {} upper ends", interval.lo.size(), interval.hi.size());
  return interval;
}

/// Scales and zero points of unsigned integers.
struct Steps {
  std::vector<float> scales;
  std::vector<std::uint8_t> zero_points;
};

Steps steps_of(const Interval& interval, std::int64_t levels) {
  Steps steps;
  for (std::size_t i = 0; i < interval.lo.size(); ++i) {
    const float scale = (interval.hi[i] - interval.lo[i]) / static_cast<float>(levels - 1);
    const float zero = std::nearbyint(-interval.lo[i] / scale);
    const bool valid =
        scale > 0.0F && std::isfinite(scale) && zero >= 0.0F && zero < static_cast<float>(levels);
    if (!valid) {
      fail("FakeQuantize from {} to {}: expected an interval around 0", interval.lo[i],
           interval.hi[i]);
    }
    steps.scales.push_back(scale);
    steps.zero_points.push_back(static_cast<std::uint8_t>(zero));
  }
  return steps;
}

/// x between the ends, where unsigned integers reach beyond them. For each channel of axis 0 only a
/// constant can be.
ValueId inside(OnnxNode& node, const Interval& interval) {
  if (interval.lo.size() == 1)
    return emit(node, Clip{.min = interval.lo[0], .max = interval.hi[0]}, {input(node, 0)});
  std::vector<float> values = reals(node, 0);
  const std::size_t row = values.size() / interval.lo.size();
  if (shape(node, 0)[0] != std::ssize(interval.lo))
    fail("FakeQuantize of fewer than 256 levels has intervals along another axis than the first");
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = std::min(interval.hi[i / row], std::max(interval.lo[i / row], values[i]));
  return emit_constant(node, "inside", Tensor::of<float>(shape(node, 0), values));
}

}  // namespace

Converted convert_fake_quantize(OnnxNode& node) {
  const auto levels = node.attributes.get<std::int64_t>("levels", 256);
  if (levels < 2 || levels > 256) fail("FakeQuantize has {} levels, expected 2 to 256", levels);
  const Interval interval = only_interval(node);
  const Steps steps = steps_of(interval, levels);
  const Shape sizes = shape(node, 1);
  const auto wide = std::ranges::find_if(sizes, [](std::int64_t size) { return size != 1; });
  const bool per_channel = steps.scales.size() > 1;
  if (per_channel && wide[0] != std::ssize(steps.scales))
    fail("FakeQuantize has intervals along more than one axis");
  const Shape shape_of_scales = per_channel ? Shape{wide[0]} : Shape{};
  const std::int64_t axis = per_channel ? rank(node, 0) - (sizes.end() - wide) : 0;
  const ValueId x = levels == 256 ? input(node, 0) : inside(node, interval);
  const ValueId scale =
      emit_constant(node, "scale", Tensor::of<float>(shape_of_scales, steps.scales));
  const ValueId zero = emit_constant(node, "zero_point",
                                     Tensor::of<std::uint8_t>(shape_of_scales, steps.zero_points));
  const ValueId integers =
      emit(node, QuantizeLinear{.axis = axis, .to = DType::u8}, {x, scale, zero});
  return Computed{DequantizeLinear{.axis = axis}, {integers, scale, zero}};
}

}  // namespace vernier
