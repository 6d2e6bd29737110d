#pragma once

#include <span>
#include <vector>

#include "vernier/calib/stats.h"
#include "vernier/quant/quant_params.h"

// What several calibrators ask of the statistics of a tensor.

namespace vernier {

/// From the least to the largest value of all images.
Range observed(const TensorStats& stats);

/// What [lo, hi] and the observed range have in common. Where that is nothing, the nearest point.
Range within_observed(double lo, double hi, const TensorStats& stats);

/// The observed range without what is larger in magnitude than `threshold`.
Range cut(double threshold, const TensorStats& stats);

/// A range that may exceed the observed one, but not the floats.
Range finite_range(double lo, double hi);

/// Extrema of each `batch` images in the order of the set; the last batch may be smaller.
std::vector<Range> batch_extrema(const TensorStats& stats, std::int64_t batch);

/// Sums over all images; the extrema stay 0.
Moments total(std::span<const Moments> images);
double mean(const Moments& moments);
double standard_deviation(const Moments& moments);

/// Each value without its sign.
Histogram magnitudes(const Histogram& histogram);

/// The value below which `count` elements lie, taking a bin's elements as evenly spread.
double value_at(const Histogram& histogram, double count);

}  // namespace vernier
