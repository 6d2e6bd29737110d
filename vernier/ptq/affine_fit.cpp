// gain = cov(target, found) / var(found), bias = mean(target) - gain mean(found).

#include "vernier/ptq/affine_fit.h"

#include <algorithm>

namespace vernier {
namespace {

constexpr double least_share_of_variance =
    1e-9;  // of the mean square: below, differences are noise

double gain_of(const PairSums& sums, double mean_target, double mean_found) {
  const auto count = static_cast<double>(sums.count);
  const double mean_square = sums.found_squares / count;
  const double variance = mean_square - mean_found * mean_found;
  if (!(variance > least_share_of_variance * mean_square)) return 1.0;
  const double gain = (sums.product / count - mean_target * mean_found) / variance;
  return gain > 0.5 && gain < 2.0 ? std::clamp(gain, 0.8, 1.25) : 1.0;
}

}  // namespace

PairSums& PairSums::operator+=(const PairSums& other) {
  count += other.count;
  target += other.target;
  found += other.found;
  product += other.product;
  found_squares += other.found_squares;
  return *this;
}

AffineFit fit(const PairSums& sums, bool with_gain) {
  if (sums.count == 0) return {};
  const double mean_target = sums.target / static_cast<double>(sums.count);
  const double mean_found = sums.found / static_cast<double>(sums.count);
  const double gain = with_gain ? gain_of(sums, mean_target, mean_found) : 1.0;
  return {gain, mean_target - gain * mean_found};
}

}  // namespace vernier
