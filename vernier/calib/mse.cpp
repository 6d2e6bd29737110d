// The range with the least expected error sum |x - Q(x)|^p over the histogram, Q with the scale and
// the zero point that choose_params makes of the candidate.
// p = 2: least squares, the usual form (Sung et al., 2015; MQBench, appendix C, MSE). p = 2.4 is
// BRECQ's. Candidates are a min and b max with a, b in (0, 1] (zero counts as seen): a = b
// ("one-sided", always where the zero point is fixed, since then one end decides the scale), or
// each by itself ("two-sided"). a = b is tried at twelve points to the octave, a and b by
// themselves at three; around the best the steps are halved until they are below a half per cent.
// compat: mqbench is the released MSEObserver: a = b = 1 - 0.01 i, i = 0..94, the first best.

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"
#include "vernier/calib/expected_error.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

// All in octaves.
constexpr double most_alike = 10.0;  // the least candidate is 2^-10 of what was observed
constexpr double coarse_alike = 1.0 / 12.0;
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
  double power = 2.0;
  Candidate best = {};

  void try_factors(double lo, double hi, Candidate candidate) {
    candidate.range = {static_cast<float>(whole.lo * lo), static_cast<float>(whole.hi * hi)};
    candidate.error = expected_error(density, choose_params(candidate.range, spec), spec, power);
    if (candidate.error < best.error) best = candidate;
  }
  void try_octaves(double lo, double hi) {
    lo = std::max(lo, 0.0);
    hi = std::max(hi, 0.0);
    try_factors(std::exp2(-lo), std::exp2(-hi), {.lo = lo, .hi = hi});
  }
};

void shrink_alike(Search& search) {
  for (double down = 0.0; down <= most_alike; down += coarse_alike) search.try_octaves(down, down);
  for (double step = coarse_alike / 2.0; step > finest / 2.0; step /= 2.0) {
    const double centre = search.best.hi;
    search.try_octaves(centre - step, centre - step);
    search.try_octaves(centre + step, centre + step);
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
  Search search = {with_zero, density_of(stats.histogram), spec, options.power};
  // Of a single bin the extrema know more than the histogram.
  if (search.density.filled <= 1) return observed(stats);
  if (options.compat == Compat::mqbench) {
    for (int i = 0; i < 95; ++i) search.try_factors(1.0 - (0.01 * i), 1.0 - (0.01 * i), {});
    return kept(stats, spec, search.best.range);
  }
  shrink_alike(search);
  if (options.sides == 2 && !spec.symmetric && search.whole.lo < 0.0F && search.whole.hi > 0.0F)
    shrink_apart(search);
  return kept(stats, spec, search.best.range);
}

}  // namespace vernier
