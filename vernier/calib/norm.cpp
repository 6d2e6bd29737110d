// The step size with which LSQ begins: scale = 2 E|x| / sqrt(q_max).
// Esser et al., "Learned step size quantization", ICLR 2020, section 2.1. MQBench's text (appendix
// C, Norm) speaks of the l2 norm; LSQ and the released code take E|x|, and so does this.
// With a zero point (released LSQObserver): the range begins at the observed minimum and has all
// steps. The formula is a start for training and not a cut: at 8 bits its range is several times
// the observed one. It is not clipped, because LSQ has it so.

#include <algorithm>
#include <cmath>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {

Range calibrate_norm(const TensorStats& stats, const QuantSpec& spec,
                     const CalibOptions& /*options*/) {
  const Moments all = total(stats.images);
  if (all.count == 0) return {};
  const double mean_magnitude = all.sum_abs / static_cast<double>(all.count);
  const double scale = 2.0 * mean_magnitude / std::sqrt(static_cast<double>(spec.range.hi));
  if (spec.symmetric && spec.range.lo < 0)
    return finite_range(-scale * spec.range.hi, scale * spec.range.hi);
  const double lo = spec.symmetric ? 0.0 : std::min(stats.lo(), 0.0F);
  return finite_range(lo, lo + (scale * spec.range.steps()));
}

}  // namespace vernier
