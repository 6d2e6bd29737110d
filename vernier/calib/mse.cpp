// The range with the least expected error sum |x - Q(x)|^p over the histogram, Q with the scale and
// the zero point that choose_params makes of the candidate.
// p = 2: least squares (Sung et al., 2015; MQBench, appendix C, MSE). p = 2.4 is BRECQ's.
// One-sided, and always where one end decides the scale: [a min, a max] (zero counts as seen) with
// a = 1, 0.99, 0.98 ..., the first best, as released code searches: BRECQ and MQBench per channel
// `candidates` = 80 of them, MQBench per tensor 95. Here all 100, and what is best at a tenth or
// less is looked for again in hundredths of that tenth, so that no outlier is too far.
// Two-sided: a min and b max with a, b in (0, 1], at three points to the octave, the steps around
// the best halved until they are below a half per cent.

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"
#include "vernier/calib/expected_error.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr int all_candidates = 100;
constexpr double least_part = 0.005;  // of what was observed

// In octaves.
constexpr double most_apart = 3.6;
constexpr double coarse_apart = 0.3;
constexpr double finest = 1.0 / 150.0;

struct Candidate {
  Range range;
  double lo = 0.0;  // octaves below the observed range, at either end
  double hi = 0.0;
  double error = std::numeric_limits<double>::infinity();
};

struct Search {
  Range whole;
  BinDensity density;
  const QuantSpec& spec;
  const CalibOptions& options;
  Candidate best = {};

  void try_octaves(double lo, double hi) {
    try_factors(std::exp2(-std::max(lo, 0.0)), std::exp2(-std::max(hi, 0.0)));
  }
  void try_factors(double lo, double hi) {
    Candidate candidate = {.lo = -std::log2(lo), .hi = -std::log2(hi)};
    candidate.range = {static_cast<float>(whole.lo * lo), static_cast<float>(whole.hi * hi)};
    candidate.error =
        expected_error(density, choose_params(candidate.range, spec), spec, options.power);
    if (candidate.error < best.error) best = candidate;
  }
};

void shrink_alike(Search& search) {
  const int candidates = search.options.candidates;
  for (double part = 1.0; part >= least_part; part /= 10.0) {
    for (int i = 0; i < candidates; ++i) {
      const double factor = part * (all_candidates - i) / all_candidates;
      search.try_factors(factor, factor);
    }
    if (candidates < all_candidates || search.best.hi < -std::log2(part / 10.0)) return;
  }
}

// The zero point is an integer, so that few bits make many hollows: a grid finds the right one.
void shrink_apart(Search& search) {
  for (double lo = 0.0; lo <= most_apart; lo += coarse_apart) {
    for (double hi = 0.0; hi <= most_apart; hi += coarse_apart) search.try_octaves(lo, hi);
  }
  for (double step = coarse_apart / 2.0; step > finest / 2.0;) {
    const Candidate centre = search.best;
    for (const double lo : {-step, 0.0, step}) {
      for (const double hi : {-step, 0.0, step}) {
        if (lo != 0.0 || hi != 0.0) search.try_octaves(centre.lo + lo, centre.hi + hi);
      }
    }
    if (search.best.error >= centre.error) step /= 2.0;
  }
}

/// What is kept of the observed range: a symmetric scale reaches as far on both sides.
Range kept(const TensorStats& stats, const QuantSpec& spec, Range best) {
  const bool both_sides = spec.symmetric && spec.range.lo < 0;
  return both_sides ? cut(std::max(-best.lo, best.hi), stats)
                    : within_observed(best.lo, best.hi, stats);
}

}  // namespace

Range calibrate_mse(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options) {
  const Range with_zero = {std::min(stats.lo(), 0.0F), std::max(stats.hi(), 0.0F)};
  Search search = {with_zero, density_of(stats.histogram), spec, options};
  // Of a single bin the extrema know more than the histogram.
  if (search.density.filled <= 1) return observed(stats);
  shrink_alike(search);
  if (options.sides == 2 && !spec.symmetric && search.whole.lo < 0.0F && search.whole.hi > 0.0F)
    shrink_apart(search);
  return kept(stats, spec, search.best.range);
}

}  // namespace vernier
