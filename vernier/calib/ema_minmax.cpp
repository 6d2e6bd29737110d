// Extrema averaged over batches with weights that fade: v <- m v + (1 - m) v_batch, starting with
// the first batch; m = 0.9. A batch is `batch` images (default 1), so the result depends on their
// order, as it does everywhere.
// Jacob et al., CVPR 2018, section 3.1; MQBench, appendix C, EMAMinMax (ema_ratio 0.9). The moving
// average of PyTorch and MMRazor, v <- v + c (v_batch - v), is the same with m = 1 - c: 0.9 for
// their classification, 0.99 for their detection settings; HAWQ has 0.95 and 0.99.

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {

Range calibrate_ema_minmax(const TensorStats& stats, const QuantSpec& /*spec*/,
                           const CalibOptions& options) {
  const std::vector<Range> batches = batch_extrema(stats, options.batch);
  if (batches.empty()) return {};
  double lo = batches.front().lo;
  double hi = batches.front().hi;
  for (const Range& each : batches) {
    lo += (1.0 - options.ema_momentum) * (each.lo - lo);
    hi += (1.0 - options.ema_momentum) * (each.hi - hi);
  }
  return within_observed(lo, hi, stats);
}

}  // namespace vernier
