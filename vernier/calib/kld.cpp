// The cut that keeps most of the information: of all t, the one with the least divergence
// KL(P || Q) between the first t bins of the histogram of |x| (P, with all that lies beyond added
// to its last bin) and the same merged into as many groups as there are integers, each spread
// evenly over its bins that are not empty (Q). Threshold (t + 1/2) bins. Migacz, "8-bit inference
// with TensorRT", GTC 2017; MQBench, equation 9. 2048 bins over [0, max|x|], 128 groups for signed
// integers of 8 bits. Zeros are left out and the first bin gets the count of the second: a ReLU's
// zeros would outweigh everything. Bin i goes to group floor(i groups / t). Where a filled tail
// meets an empty last bin, KL is infinite. compat: ncnn is `ncnn2table method=kl`: groups with
// fractional ends, averages over all bins, 1e-4 added to every bin. compat: easyquant is the first
// stage of EasyQuant (and MXNet): the first of `bins` + 1 bins is dropped, groups of floor(t /
// groups) bins with the rest in the last one, empty bins get 1e-4 at the cost of the others.

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "vernier/calib/calibrator.h"
#include "vernier/calib/distribution.h"

namespace vernier {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
constexpr double smoothing = 1e-4;

/// Running sums: of what lies in the first i bins.
std::vector<double> running(std::span<const double> values) {
  std::vector<double> sums(values.size() + 1, 0.0);
  std::partial_sum(values.begin(), values.end(), sums.begin() + 1);
  return sums;
}

/// A running sum between two bins.
double at(std::span<const double> sums, double place) {
  const double whole = std::min(std::floor(place), static_cast<double>(sums.size() - 1));
  const auto i = static_cast<std::size_t>(whole);
  return i + 1 == sums.size() ? sums[i] : sums[i] + ((place - whole) * (sums[i + 1] - sums[i]));
}

/// |x| in `count` bins over [0, most]; what is evenly spread in a bin of the statistics stays so.
std::vector<double> rebinned(const Histogram& histogram, double most, int count) {
  const Histogram folded = magnitudes(histogram);
  const std::vector<double> upper(folded.bins.begin() + Histogram::side, folded.bins.end());
  const std::vector<double> sums = running(upper);
  std::vector<double> result;
  double before = 0.0;
  for (int i = 1; i <= count; ++i) {
    const double below =
        i == count ? sums.back() : at(sums, most / count * i / histogram.bin_width());
    result.push_back(below - before);
    before = below;
  }
  return result;
}

double information(double value) { return value > 0.0 ? value * std::log(value) : 0.0; }

/// KL from running sums, without walking over bins: a group's bins share one logarithm.
class PaperDivergence {
 public:
  explicit PaperDivergence(const std::vector<double>& bins) : bins_(bins), sums_(running(bins)) {
    std::vector<double> filled;
    std::vector<double> logarithms;
    for (const double bin : bins) {
      filled.push_back(bin > 0.0 ? 1.0 : 0.0);
      logarithms.push_back(information(bin));
    }
    filled_ = running(filled);
    logarithms_ = running(logarithms);
  }

  double operator()(std::size_t kept, std::size_t groups) const {
    const double all = sums_.back();
    const double beyond = all - sums_[kept];
    const double last = bins_[kept - 1];
    if (sums_[kept] <= 0.0 || (beyond > 0.0 && last <= 0.0)) return infinity;
    double result = logarithms_[kept - 1] + information(last + beyond);
    for (std::size_t group = 0; group < groups; ++group) {
      const std::size_t begin = ((group * kept) + groups - 1) / groups;
      const std::size_t end = (((group + 1) * kept) + groups - 1) / groups;
      const double inside = sums_[end] - sums_[begin];
      if (inside <= 0.0) continue;
      const double reference = inside + (group + 1 == groups ? beyond : 0.0);
      result -= reference * std::log(inside / (filled_[end] - filled_[begin]));
    }
    return (result / all) + std::log(sums_[kept] / all);
  }

 private:
  const std::vector<double>& bins_;
  std::vector<double> sums_;
  std::vector<double> filled_;
  std::vector<double> logarithms_;
};

/// The first bins, with what lies beyond added to the last.
std::vector<double> clipped(std::span<const double> bins, std::size_t kept) {
  std::vector<double> result(bins.begin(), bins.begin() + static_cast<std::ptrdiff_t>(kept));
  result.back() =
      std::accumulate(bins.begin() + static_cast<std::ptrdiff_t>(kept) - 1, bins.end(), 0.0);
  return result;
}

double divergence(std::span<const double> p, std::span<const double> q) {
  double result = 0.0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    if (p[i] > 0.0) result += p[i] * std::log(p[i] / q[i]);
  }
  return result;
}

double ncnn_divergence(std::span<const double> bins, std::size_t kept, std::size_t groups) {
  const auto width = static_cast<double>(kept) / static_cast<double>(groups);
  const std::vector<double> sums = running(bins);
  std::vector<double> averages;
  for (std::size_t group = 0; group < groups; ++group) {
    const auto begin = static_cast<double>(group) * width;
    averages.push_back(at(sums, begin + width) - at(sums, begin));  // over `width` bins
  }
  const std::vector<double> spread = running(averages);
  std::vector<double> p = clipped(bins, kept);
  std::vector<double> q;
  for (std::size_t i = 0; i < kept; ++i) {
    p[i] += smoothing;
    const auto begin = static_cast<double>(i) / width;
    q.push_back(at(spread, begin + (1.0 / width)) - at(spread, begin) + smoothing);
  }
  return divergence(p, q);
}

/// Gives empty bins 1e-4 and takes it from the others; then the sum becomes 1.
void smooth(std::vector<double>& bins) {
  const auto empty = static_cast<double>(std::ranges::count(bins, 0.0));
  const double taken = smoothing * empty / (static_cast<double>(bins.size()) - empty);
  for (double& bin : bins) bin = bin == 0.0 ? smoothing : std::max(bin - taken, smoothing);
  const double all = std::accumulate(bins.begin(), bins.end(), 0.0);
  for (double& bin : bins) bin /= all;
}

double easyquant_divergence(std::span<const double> bins, std::size_t kept, std::size_t groups) {
  std::vector<double> p = clipped(bins, kept);
  std::vector<double> q(kept, 0.0);
  const std::size_t width = kept / groups;
  for (std::size_t group = 0; group < groups; ++group) {
    const std::size_t begin = group * width;
    const std::size_t end = group + 1 == groups ? kept : begin + width;
    double sum = 0.0;
    double filled = 0.0;
    for (std::size_t i = begin; i < end; ++i) {
      sum += bins[i];
      filled += p[i] > 0.0 ? 1.0 : 0.0;
    }
    for (std::size_t i = begin; i < end; ++i) q[i] = p[i] > 0.0 ? sum / filled : 0.0;
  }
  if (std::ranges::count(q, 0.0) == static_cast<std::ptrdiff_t>(kept)) return infinity;
  smooth(p);
  smooth(q);
  return divergence(p, q);
}

/// The integers for magnitudes: half of those of a signed tensor, all for one of one sign.
std::size_t group_count(const TensorStats& stats, const QuantSpec& spec) {
  if (spec.symmetric) return static_cast<std::size_t>(spec.range.hi) + 1;
  const double lo = std::min(stats.lo(), 0.0F);
  const double hi = std::max(stats.hi(), 0.0F);
  const double part = std::max(-lo, hi) / (hi - lo);
  return static_cast<std::size_t>(std::ceil((spec.range.steps() + 1) * part));
}

double least_divergence_cut(std::size_t bins, std::size_t groups, const auto& divergence_of) {
  std::size_t best = bins;
  double least = infinity;
  for (std::size_t kept = groups; kept <= bins; ++kept) {
    const double each = divergence_of(kept, groups);
    if (each < least) {
      least = each;
      best = kept;
    }
  }
  return best == bins ? infinity : static_cast<double>(best) + 0.5;
}

}  // namespace

Range calibrate_kld(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options) {
  const double most = std::max(-double{stats.lo()}, double{stats.hi()});
  if (!stats.histogram.exponent) return observed(stats);
  const std::size_t groups = group_count(stats, spec);
  const bool drops_first = options.compat == Compat::easyquant;
  const int count = options.bins + (drops_first ? 1 : 0);
  std::vector<double> bins = rebinned(stats.histogram, most, count);
  double threshold = infinity;
  if (drops_first) {
    bins.erase(bins.begin());
    threshold = least_divergence_cut(bins.size(), groups, [&](std::size_t kept, std::size_t into) {
      return easyquant_divergence(bins, kept, into);
    });
  } else if (options.compat == Compat::ncnn) {
    const double all = std::accumulate(bins.begin(), bins.end(), 0.0);
    for (double& bin : bins) bin /= all;
    threshold = least_divergence_cut(bins.size(), groups, [&](std::size_t kept, std::size_t into) {
      return ncnn_divergence(bins, kept, into);
    });
  } else {
    bins[0] = bins[1];
    threshold = least_divergence_cut(bins.size(), groups, PaperDivergence(bins));
  }
  return cut(threshold * (most / count), stats);
}

}  // namespace vernier
