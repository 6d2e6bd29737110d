// The cut that is best for the Laplace or Gauss curve that fits: the root of
//   d/dA [ A^2 / (3 L^2) + 2 integral_A^inf (x - A)^2 f(x) dx ] = 0,
// L = the integers between -A and A. Laplace: A / b = W(3 L^2), b = E|x - mean|, W Lambert's
// function. Gauss: numerically, A / sigma = 1.71, 2.15, 2.56 for 2, 3, 4 bits.
// Banner et al., "Post training 4-bit quantization of convolutional networks for rapid-deployment"
// (ACIQ), NeurIPS 2019, section 3 and equations 5 to 10. Values on one side of zero are taken as
// half of a curve around zero, with twice the integers between -A and A, as in their section on
// ReLU. Of both curves the one is kept whose cut has the less expected squared error.
// compat: ncnn is the released `quantize method=aciq`: Gauss, sigma estimated from the largest
// magnitude and the number of elements.

#include <algorithm>
#include <cmath>
#include <numbers>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"
#include "vernier/calib/expected_error.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

/// The root of an increasing function in [0, 64]: standard deviations, beyond any cut.
double root(const auto& increasing) {
  double lo = 0.0;
  double hi = 64.0;
  for (int i = 0; i < 60; ++i) {
    const double middle = 0.5 * (lo + hi);
    (increasing(middle) < 0.0 ? lo : hi) = middle;
  }
  return hi;
}

double laplace_cut(double levels) {
  return root([&](double a) { return a + std::log(a / (3.0 * levels * levels)); });
}

double gauss_cut(double levels) {
  return root([&](double a) {
    const double density = std::exp(-0.5 * a * a) / std::sqrt(2.0 * std::numbers::pi);
    const double tail = 0.5 * std::erfc(a / std::numbers::sqrt2);
    return (a / (3.0 * levels * levels)) - (2.0 * (density - (a * tail)));
  });
}

struct Spread {
  double centre = 0.0;
  double deviation = 0.0;           // mean |x - centre|
  double standard_deviation = 0.0;  // root of the mean (x - centre)^2
};

Spread spread_around(double centre, const Histogram& histogram, std::int64_t zeros) {
  auto count = static_cast<double>(zeros);
  double sum = std::abs(centre) * count;
  double squares = centre * centre * count;
  for (std::int64_t bin = 0; histogram.exponent && bin < 2 * Histogram::side; ++bin) {
    const auto inside = static_cast<double>(histogram.bins[static_cast<std::size_t>(bin)]);
    const double distance = std::abs(histogram.bin_centre(bin) - centre);
    count += inside;
    sum += inside * distance;
    squares += inside * distance * distance;
  }
  if (count == 0.0) return {};
  return {centre, sum / count, std::sqrt(squares / count)};
}

bool is_one_sided(const TensorStats& stats, const QuantSpec& spec) {
  return stats.lo() >= 0.0F || stats.hi() <= 0.0F || (spec.symmetric && spec.range.lo >= 0);
}

/// The integers between -A and A.
double level_count(bool one_sided, const QuantSpec& spec) {
  const double all = spec.range.steps() + 1;
  const bool has_sign = spec.symmetric && spec.range.lo < 0;
  return one_sided && !has_sign ? 2.0 * all : all;
}

/// The zeros of a one-sided tensor are the other half of its curve.
Spread fitted(const TensorStats& stats, const QuantSpec& spec, bool one_sided) {
  const double centre = spec.symmetric || one_sided ? 0.0 : mean(total(stats.images));
  return spread_around(centre, stats.histogram, one_sided ? 0 : stats.histogram.zeros);
}

Range ncnn_range(const TensorStats& stats, double levels) {
  const auto count = static_cast<double>(stats.histogram.count());
  const double most = std::max(-double{stats.lo()}, double{stats.hi()});
  const double constant = 0.5 * 0.35 * (1.0 + std::sqrt(std::numbers::pi * std::log(4.0))) /
                          std::sqrt(2.0 * std::log(count));
  return count < 2.0 ? observed(stats) : cut(gauss_cut(levels) * 2.0 * most * constant, stats);
}

}  // namespace

Range calibrate_aciq(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options) {
  const bool one_sided = is_one_sided(stats, spec);
  const double levels = level_count(one_sided, spec);
  const BinDensity density = density_of(stats.histogram);
  if (density.filled <= 1) return observed(stats);
  if (options.compat == Compat::ncnn) return ncnn_range(stats, spec.range.steps() + 1.0);
  const Spread spread = fitted(stats, spec, one_sided);
  const auto around = [&](double reach) {
    return within_observed(spread.centre - reach, spread.centre + reach, stats);
  };
  const auto error = [&](const Range& range) {
    return expected_error(density, choose_params(range, spec), spec, 2.0);
  };
  const Range laplace = around(spread.deviation * laplace_cut(levels));
  const Range gauss = around(spread.standard_deviation * gauss_cut(levels));
  return error(gauss) < error(laplace) ? gauss : laplace;
}

}  // namespace vernier
