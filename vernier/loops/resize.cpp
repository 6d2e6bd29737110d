#include "vernier/loops/resize.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vernier {
namespace {

constexpr std::int64_t most_taps = 4;

// The elements that one element of the result is made of: `first`, and those behind it.
struct Neighbours {
  std::int64_t first = 0;
  std::array<double, most_taps> weights = {};
  float constant = 0.0F;
};

// Keys, "Cubic convolution interpolation for digital image processing", IEEE Transactions on
// Acoustics, Speech and Signal Processing 29(6), 1981, equation 4 with its coefficient left free.
std::array<double, most_taps> cubic_weights(double fraction, double a) {
  const auto near = [a](double x) { return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0; };
  const auto far = [a](double x) { return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a; };
  return {far(1.0 + fraction), near(fraction), near(1.0 - fraction), far(2.0 - fraction)};
}

// Drops the weights beyond the ends and scales the others to a sum of 1.
void exclude_outside(std::int64_t source_size, Neighbours& neighbours) {
  double sum = 0.0;
  for (std::int64_t tap = 0; tap < most_taps; ++tap) {
    double& weight = neighbours.weights[static_cast<std::size_t>(tap)];
    const std::int64_t index = neighbours.first + tap;
    if (index < 0 || index >= source_size) weight = 0.0;
    sum += weight;
  }
  for (double& weight : neighbours.weights) weight /= sum;
}

Neighbours neighbours_at(double position, std::int64_t source_size,
                         const Interpolation& interpolation) {
  const auto end = static_cast<double>(source_size);
  const bool inside = position >= 0.0 && position <= end - 1.0;
  if (!inside && interpolation.extrapolation) return {.constant = *interpolation.extrapolation};
  // So far beyond an end nothing changes any more; what is no number counts as such.
  if (!(position > -most_taps)) position = -most_taps;
  position = std::min(position, end + most_taps);
  const double floor = std::floor(position);
  const double fraction = position - floor;
  Neighbours result{.first = static_cast<std::int64_t>(floor),
                    .weights = {1.0 - fraction, fraction}};
  if (interpolation.cubic) {
    --result.first;
    result.weights = cubic_weights(fraction, interpolation.cubic_coefficient);
  }
  if (interpolation.exclude_outside) exclude_outside(source_size, result);
  return result;
}

struct Rows {
  const float* first;
  std::int64_t size;
};

// Element i of the result where the axis is the last one.
float weighted_sum(const AxisInterpolation& plan, std::int64_t i, const float* x) {
  float sum = plan.constants[static_cast<std::size_t>(i)];
  for (std::int64_t tap = i * plan.taps; tap < (i + 1) * plan.taps; ++tap) {
    const auto at = static_cast<std::size_t>(tap);
    sum += plan.weights[at] * x[plan.indices[at]];
  }
  return sum;
}

// The same for all that lies under element i of another axis: whole rows, as vectors.
void add_weighted_rows(const AxisInterpolation& plan, std::int64_t i, const Rows& x, float* y) {
  std::fill_n(y, x.size, plan.constants[static_cast<std::size_t>(i)]);
  for (std::int64_t tap = i * plan.taps; tap < (i + 1) * plan.taps; ++tap) {
    const auto at = static_cast<std::size_t>(tap);
    const float weight = plan.weights[at];
    const float* row = x.first + plan.indices[at] * x.size;
    for (std::int64_t k = 0; k < x.size; ++k) y[k] += weight * row[k];
  }
}

}  // namespace

AxisInterpolation plan_interpolation(const AxisResize& axis, const Interpolation& interpolation) {
  AxisInterpolation plan;
  plan.taps = interpolation.cubic ? most_taps : 2;
  for (std::int64_t i = 0; i < axis.size; ++i) {
    const Neighbours neighbours = neighbours_at(axis.map(i), axis.source_size, interpolation);
    for (std::int64_t tap = 0; tap < plan.taps; ++tap) {
      plan.indices.push_back(
          std::clamp<std::int64_t>(neighbours.first + tap, 0, axis.source_size - 1));
      plan.weights.push_back(static_cast<float>(neighbours.weights[static_cast<std::size_t>(tap)]));
    }
    plan.constants.push_back(neighbours.constant);
  }
  return plan;
}

void interpolate_axis(const AxisInterpolation& plan, const AxisView& view, const float* x,
                      float* y) {
  for (std::int64_t outer = 0; outer < view.outer; ++outer, x += view.size * view.inner) {
    for (std::int64_t i = 0; i < std::ssize(plan.constants); ++i, y += view.inner) {
      if (view.inner == 1) {
        *y = weighted_sum(plan, i, x);
      } else {
        add_weighted_rows(plan, i, {x, view.inner}, y);
      }
    }
  }
}

}  // namespace vernier
