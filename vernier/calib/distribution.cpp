#include "vernier/calib/distribution.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace vernier {

Range observed(const TensorStats& stats) { return {stats.lo(), stats.hi()}; }

// Rounding to float is monotone, and the ends of the observed range are floats: it stays inside.
Range within_observed(double lo, double hi, const TensorStats& stats) {
  const double least = stats.lo();
  const double most = stats.hi();
  return {static_cast<float>(std::clamp(lo, least, most)),
          static_cast<float>(std::clamp(hi, least, most))};
}

Range cut(double threshold, const TensorStats& stats) {
  return within_observed(-threshold, threshold, stats);
}

Range finite_range(double lo, double hi) {
  constexpr double most = std::numeric_limits<float>::max();
  return {static_cast<float>(std::clamp(lo, -most, most)),
          static_cast<float>(std::clamp(hi, -most, most))};
}

std::vector<Range> batch_extrema(const TensorStats& stats, std::int64_t batch) {
  std::vector<Range> result;
  for (std::size_t i = 0; i < stats.images.size(); ++i) {
    const Moments& image = stats.images[i];
    if (i % static_cast<std::size_t>(batch) == 0) {
      result.push_back({image.lo, image.hi});
    } else {
      result.back() = {std::min(result.back().lo, image.lo), std::max(result.back().hi, image.hi)};
    }
  }
  return result;
}

Moments total(std::span<const Moments> images) {
  Moments result;
  for (const Moments& image : images) {
    result.count += image.count;
    result.sum += image.sum;
    result.sum_abs += image.sum_abs;
    result.sum_squares += image.sum_squares;
  }
  return result;
}

double mean(const Moments& moments) {
  return moments.count == 0 ? 0.0 : moments.sum / static_cast<double>(moments.count);
}

double standard_deviation(const Moments& moments) {
  if (moments.count < 2) return 0.0;
  const auto count = static_cast<double>(moments.count);
  const double centred = moments.sum_squares - (moments.sum * moments.sum / count);
  return std::sqrt(std::max(centred, 0.0) / (count - 1.0));
}

Histogram magnitudes(const Histogram& histogram) {
  Histogram result = histogram;
  const auto all = std::span(result.bins);
  for (std::size_t i = 0; i < all.size() / 2; ++i) {
    all[all.size() - 1 - i] += all[i];
    all[i] = 0;
  }
  return result;
}

double value_at(const Histogram& histogram, double count) {
  if (!histogram.exponent) return 0.0;
  double below = 0.0;
  double last = 0.0;  // of what was passed by
  for (std::int64_t bin = 0; bin < 2 * Histogram::side; ++bin) {
    if (bin == Histogram::side && histogram.zeros > 0) {
      below += static_cast<double>(histogram.zeros);
      last = 0.0;
      if (below >= count) return last;
    }
    const auto inside = static_cast<double>(histogram.bins[static_cast<std::size_t>(bin)]);
    if (inside == 0.0) continue;
    const double begin = histogram.bin_centre(bin) - (0.5 * histogram.bin_width());
    if (below + inside >= count) {
      return begin + (std::max(count - below, 0.0) / inside * histogram.bin_width());
    }
    below += inside;
    last = begin + histogram.bin_width();
  }
  return last;
}

}  // namespace vernier
