// From one percentile to another: with q = `quantile`, lo is the value below which the share 1 - q
// of the elements lies, hi that below which the share q lies; each side by itself, so that a tail
// on one side costs the other side nothing.
// HAWQ-V3 (Yao et al., ICML 2021), released code, get_percentile_min_max: the k-th values at
// round(N q). Where it quantizes without a zero point its lo is 0, as choose_params makes it here.

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {

Range calibrate_percentile_hawq(const TensorStats& stats, const QuantSpec& /*spec*/,
                                const CalibOptions& options) {
  const auto count = static_cast<double>(stats.histogram.count());
  return within_observed(value_at(stats.histogram, (1.0 - options.quantile) * count),
                         value_at(stats.histogram, options.quantile * count), stats);
}

}  // namespace vernier
