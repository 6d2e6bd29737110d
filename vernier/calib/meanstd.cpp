// [mean - k sigma, mean + k sigma] within the observed range, k = 3.
// LSQ+ (Bhalgat et al., CVPR Workshops 2020), section 3.3, weights: scale = max(|mean - 3 sigma|,
// |mean + 3 sigma|) / 2^(b-1), which is this range under a symmetric spec. DSQ (Gong et al., ICCV
// 2019; MQBench, appendix C) keeps mean +- 2.6 sigma: `sigma: 2.6`.
// Neither gains from integers that mean values which never occur: hence within the observed range.
// compat: mqbench is the released LSQPlusObserver, which divides by q_max - q_min + 1 and so keeps
// half of the range; it is not clipped. compat: mqbench_dsq is the released ClipStdObserver, lo =
// min(mean - k sigma, min), hi = max(mean + k sigma, max), which only widens.

#include <algorithm>
#include <cmath>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {
namespace {

Range released_lsq_plus(double lo, double hi, IntRange range) {
  const double scale = std::max(std::abs(lo), std::abs(hi)) / (range.steps() + 1);
  return finite_range(range.lo < 0 ? -scale * range.hi : 0.0, scale * range.hi);
}

}  // namespace

Range calibrate_meanstd(const TensorStats& stats, const QuantSpec& spec,
                        const CalibOptions& options) {
  const Moments all = total(stats.images);
  const double centre = mean(all);
  const double reach = options.sigma * standard_deviation(all);
  const double lo = centre - reach;
  const double hi = centre + reach;
  if (options.compat == Compat::mqbench) return released_lsq_plus(lo, hi, spec.range);
  if (options.compat == Compat::mqbench_dsq) {
    return finite_range(std::min(lo, double{stats.lo()}), std::max(hi, double{stats.hi()}));
  }
  return within_observed(lo, hi, stats);
}

}  // namespace vernier
