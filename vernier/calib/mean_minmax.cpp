// The mean of the extrema of each image: lo = mean_i min(x_i), hi = mean_i max(x_i). With `batch`
// above 1 of each batch.
// NNCF, range estimator "mean_min_max", its default for activations.

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {

Range calibrate_mean_minmax(const TensorStats& stats, const QuantSpec& /*spec*/,
                            const CalibOptions& options) {
  const std::vector<Range> batches = batch_extrema(stats, options.batch);
  if (batches.empty()) return {};
  double lo = 0.0;
  double hi = 0.0;
  for (const Range& each : batches) {
    lo += each.lo;
    hi += each.hi;
  }
  const auto count = static_cast<double>(batches.size());
  return within_observed(lo / count, hi / count, stats);
}

}  // namespace vernier
