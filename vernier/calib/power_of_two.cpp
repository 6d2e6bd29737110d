// The power of two as scale that has the least squared error: from the least one that clips nothing
// downwards, five in all.
// The rule of Xilinx's Vitis AI, as MQBench has it (PoTModeObserver, MinMaxFloorObserver): e0 =
// floor(log2(1 / max(min / q_min, max / q_max))), candidates 2^-e0 .. 2^-(e0 + 4).
// The range is that of the integers at this scale, so that choose_params finds it again; it exceeds
// the observed one where the scale does, by less than a factor of 2. It serves specs whose scale is
// a power of two anyhow, and others.

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"
#include "vernier/calib/expected_error.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr int candidates = 5;

/// The range of the integers at `scale`; the zero point is that of the observed range, shrunk to
/// what the integers hold.
Range at_scale(float scale, Range whole, const QuantSpec& spec) {
  QuantParams params = choose_params(whole, spec);
  if (!spec.symmetric) {
    const double length = (double{whole.hi} / scale) - (double{whole.lo} / scale);
    const double shrink = std::min(1.0, spec.range.steps() / std::max(length, 1.0));
    params.zero_point = static_cast<std::int32_t>(
        std::clamp(std::nearbyint(spec.range.lo - (whole.lo * shrink / scale)),
                   double(spec.range.lo), double(spec.range.hi)));
  }
  const QuantParams at = {scale, params.zero_point};
  const Range result = representable(at, spec);
  // A symmetric scale follows from the upper end; -128 would ask for more.
  if (spec.symmetric && spec.range.lo < 0) return {-result.hi, result.hi};
  return result;
}

}  // namespace

Range calibrate_power_of_two(const TensorStats& stats, const QuantSpec& spec,
                             const CalibOptions& /*options*/) {
  const Range whole = {std::min(stats.lo(), 0.0F), std::max(stats.hi(), 0.0F)};
  QuantSpec free = spec;
  free.power_of_two_scale = false;
  const QuantParams exact = choose_params(whole, free);
  const bool upper_only = spec.symmetric && spec.range.lo >= 0;
  if (whole.hi == 0.0F && (upper_only || whole.lo == 0.0F)) return whole;
  const BinDensity density = density_of(stats.histogram);
  const int no_clipping = static_cast<int>(std::ceil(std::log2(exact.scale)));
  Range best;
  double least = std::numeric_limits<double>::infinity();
  for (int exponent = no_clipping; exponent > no_clipping - candidates; --exponent) {
    const Range range = at_scale(std::ldexp(1.0F, std::max(exponent, -126)), whole, free);
    const double error = expected_error(density, choose_params(range, spec), spec, 2.0);
    if (error < least) {
      least = error;
      best = range;
    }
  }
  return best;
}

}  // namespace vernier
