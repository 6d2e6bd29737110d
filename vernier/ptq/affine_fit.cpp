// Of a channel, with r the residuals t - gain u - bias:
//   gain = cov(t, u) / var(u)       bias = mean(t) - gain mean(u)
//   v = sum over images of (sum over places of r (u - mean(u)))^2 / (sum of (u - mean(u))^2)^2,
// the variance of the gain where the places of an image go together (Liang and Zeger, Biometrika
// 73, 1986). The true gains of a layer vary by T^2 = mean((gain - mean gain)^2) - mean(v), and
//   gain <- mean gain + T^2 / (T^2 + v) (gain - mean gain)
// is what to expect of one (Efron and Morris, JASA 68, 1973): few images then say nearly as much as
// many.

#include "vernier/ptq/affine_fit.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "vernier/base/error.h"
#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

constexpr double least_share_of_variance =
    1e-9;  // of the mean square: below, differences are noise

/// What all images say of a channel.
struct Channel {
  double count = 0.0;
  double mean_target = 0.0;
  double mean_found = 0.0;
  double variance = 0.0;  ///< of what is found; 0 where that is noise
  double covariance = 0.0;
};

/// With the variance of its estimate.
struct Gain {
  double value = 1.0;
  double variance = 0.0;
};

Channel channel_of(std::span<const PairSums> images, std::size_t channel) {
  Channel sums;
  double squares = 0.0;
  double products = 0.0;
  for (const PairSums& image : images) {  // in their order, whoever saw them
    sums.count += static_cast<double>(image.count);
    sums.mean_target += image.target[channel];
    sums.mean_found += image.found[channel];
    squares += image.found_squares[channel];
    products += image.product[channel];
  }
  if (sums.count == 0.0) return sums;
  sums.mean_target /= sums.count;
  sums.mean_found /= sums.count;
  const double mean_square = squares / sums.count;
  const double variance = mean_square - sums.mean_found * sums.mean_found;
  if (variance > least_share_of_variance * mean_square) sums.variance = variance;
  sums.covariance = products / sums.count - sums.mean_target * sums.mean_found;
  return sums;
}

double variance_of_gain(std::span<const PairSums> images, std::size_t channel, const Channel& all,
                        double gain) {
  const double bias = all.mean_target - gain * all.mean_found;
  double sum = 0.0;
  for (const PairSums& image : images) {
    const double found = image.found[channel];
    const double residual =
        image.target[channel] - gain * found - bias * static_cast<double>(image.count);
    const double with_found =
        image.product[channel] - gain * image.found_squares[channel] - bias * found;
    const double score = with_found - all.mean_found * residual;
    sum += score * score;
  }
  const double spread = all.count * all.variance;
  return sum / (spread * spread);
}

std::optional<Gain> gain_of(std::span<const PairSums> images, std::size_t channel,
                            const Channel& all) {
  if (all.variance == 0.0) return std::nullopt;
  const double gain = all.covariance / all.variance;
  if (!(gain > 0.5 && gain < 2.0)) return std::nullopt;
  return Gain{gain, variance_of_gain(images, channel, all, gain)};
}

void draw_to_their_mean(std::span<std::optional<Gain>> gains) {
  double count = 0.0;
  double sum = 0.0;
  double squares = 0.0;
  double chance = 0.0;
  for (const auto& gain : gains) {
    if (!gain) continue;
    count += 1.0;
    sum += gain->value;
    squares += gain->value * gain->value;
    chance += gain->variance;
  }
  if (count == 0.0) return;
  const double mean = sum / count;
  const double truth = std::max(squares / count - mean * mean - chance / count, 0.0);
  for (auto& gain : gains) {
    if (gain && gain->variance > 0.0)
      gain->value = mean + truth / (truth + gain->variance) * (gain->value - mean);
  }
}

VERNIER_VECTOR_CLONES
void add_place(PairSums& sums, const float* targets, const float* founds) {
  double* const target = sums.target.data();
  double* const found = sums.found.data();
  double* const product = sums.product.data();
  double* const found_squares = sums.found_squares.data();
  const std::size_t channels = sums.target.size();
  for (std::size_t i = 0; i < channels; ++i) {
    const double wanted = targets[i];
    const double got = founds[i];
    target[i] += wanted;
    found[i] += got;
    product[i] += wanted * got;
    found_squares[i] += got * got;
  }
}

}  // namespace

void PairSums::see(std::span<const float> targets, std::span<const float> founds) {
  VERNIER_CHECK(targets.size() == founds.size());
  for (std::size_t i = 0; i < targets.size(); i += target.size()) {
    add_place(*this, &targets[i], &founds[i]);
    ++count;
  }
}

std::vector<AffineFit> fit(std::span<const PairSums> images, bool with_gain) {
  const std::size_t channels = images.empty() ? 0 : images[0].target.size();
  std::vector<Channel> all;
  std::vector<std::optional<Gain>> gains;
  for (std::size_t i = 0; i < channels; ++i) {
    all.push_back(channel_of(images, i));
    gains.push_back(with_gain ? gain_of(images, i, all[i]) : std::nullopt);
  }
  draw_to_their_mean(gains);
  std::vector<AffineFit> fits;
  for (std::size_t i = 0; i < channels; ++i) {
    const double gain = gains[i] ? std::clamp(gains[i]->value, 0.8, 1.25) : 1.0;
    fits.push_back({gain, all[i].mean_target - gain * all[i].mean_found});
  }
  return fits;
}

}  // namespace vernier
