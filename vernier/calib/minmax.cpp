// The whole observed range: lo = min over all images, hi = max. Nothing is clipped.
// Jacob et al., CVPR 2018, section 3.1; the observer MinMax of MQBench.

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {

Range calibrate_minmax(const TensorStats& stats, const QuantSpec& /*spec*/,
                       const CalibOptions& /*options*/) {
  return observed(stats);
}

}  // namespace vernier
