// Magnitudes up to a quantile: t is the value below which the share `quantile` (0.9999) of all |x|
// lies, zeros included; lo = max(min, -t), hi = min(max, t).
// Li et al., MQBench, NeurIPS 2021, appendix C, Quantile. Here over the whole set at once.
// compat: mqbench is the released EMAQuantileObserver: 2048 bins over [0, max|x|], t is the centre
// of the bin in which the share is reached; its default share is 0.99999. (Its average over batches
// needs the histogram of each batch, which no statistics hold.)

#include <algorithm>
#include <cmath>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {

Range calibrate_quantile(const TensorStats& stats, const QuantSpec& /*spec*/,
                         const CalibOptions& options) {
  const Histogram histogram = magnitudes(stats.histogram);
  const double wanted = options.quantile * static_cast<double>(histogram.count());
  double threshold = value_at(histogram, wanted);
  if (options.compat == Compat::mqbench) {
    constexpr double bins = 2048.0;
    const double width = std::max(-double{stats.lo()}, double{stats.hi()}) / bins;
    if (width > 0.0)
      threshold = (std::min(std::floor(threshold / width), bins - 1.0) + 0.5) * width;
  }
  return cut(threshold, stats);
}

}  // namespace vernier
