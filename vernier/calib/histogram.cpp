// A histogram over [-2^e, 2^e) whose range doubles when a value does not fit. A value x has the bin
// trunc(|x| * side / 2^e) on the side of its sign; multiplying by a power of two is exact, and
// trunc(trunc(a) / 2) = trunc(a / 2), so halving the indices when e grows by one gives the bins
// that the values themselves would have had.

#include "vernier/calib/histogram.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "vernier/base/error.h"
#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

constexpr std::int64_t side = Histogram::side;
// Zeros are frequent and would all wait for the count just written: they take turns on these.
constexpr std::int64_t zero_bins = 16;

void halve_side(std::span<std::int64_t> bins) {
  for (std::int64_t i = 0; i < side / 2; ++i)
    bins[static_cast<std::size_t>(i)] =
        bins[static_cast<std::size_t>(2 * i)] + bins[static_cast<std::size_t>(2 * i + 1)];
  std::fill(bins.begin() + side / 2, bins.end(), 0);
}

void grow(Histogram& histogram, int exponent) {
  if (!histogram.exponent) {
    histogram.exponent = exponent;
    histogram.bins.reserve(static_cast<std::size_t>(2 * side + zero_bins));
    histogram.bins.assign(static_cast<std::size_t>(2 * side), 0);
  }
  for (; *histogram.exponent < exponent; ++*histogram.exponent) {
    const auto all = std::span(histogram.bins);
    halve_side(all.subspan(side));
    std::ranges::reverse(all.first(side));
    halve_side(all.first(side));
    std::ranges::reverse(all.first(side));
  }
}

using Indices = std::array<std::int32_t, 256>;

/// The bin of each value; of zeros, whatever their sign, one behind the bins.
VERNIER_VECTOR_CLONES
void find_bins(std::span<const float> values, float inverse_width, Indices& indices) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i];
    const auto magnitude = static_cast<std::int32_t>(std::abs(value) * inverse_width);
    const auto bin = static_cast<std::int32_t>(side) + (value < 0.0F ? ~magnitude : magnitude);
    const auto zero =
        static_cast<std::int32_t>(2 * side + static_cast<std::int64_t>(i) % zero_bins);
    indices[i] = value == 0.0F ? zero : bin;
  }
}

}  // namespace

std::int64_t Histogram::count() const { return std::accumulate(bins.begin(), bins.end(), zeros); }

double Histogram::bin_width() const {
  VERNIER_CHECK(exponent.has_value());
  return std::ldexp(1.0 / static_cast<double>(side), *exponent);
}

double Histogram::bin_centre(std::int64_t bin) const {
  return (static_cast<double>(bin - side) + 0.5) * bin_width();
}

void add(Histogram& histogram, std::span<const float> values, float largest) {
  if (largest > 0.0F) grow(histogram, std::max(std::ilogb(largest) + 1, Histogram::least_exponent));
  if (!histogram.exponent) {
    histogram.zeros += static_cast<std::int64_t>(values.size());
    return;
  }
  const auto inverse_width = static_cast<float>(1.0 / histogram.bin_width());
  // Zeros behind the bins, to be taken off again.
  histogram.bins.resize(static_cast<std::size_t>(2 * side + zero_bins));
  Indices indices;
  for (std::size_t begin = 0; begin < values.size(); begin += indices.size()) {
    const auto part = values.subspan(begin, std::min(indices.size(), values.size() - begin));
    find_bins(part, inverse_width, indices);
    for (const std::int32_t bin : std::span(indices).first(part.size()))
      ++histogram.bins[static_cast<std::size_t>(bin)];
  }
  histogram.zeros +=
      std::accumulate(histogram.bins.begin() + 2 * side, histogram.bins.end(), std::int64_t{0});
  histogram.bins.resize(static_cast<std::size_t>(2 * side));
}

void merge(Histogram& histogram, const Histogram& other) {
  histogram.zeros += other.zeros;
  if (!other.exponent) return;
  Histogram aligned = other;
  const int exponent = std::max(*other.exponent, histogram.exponent.value_or(*other.exponent));
  grow(aligned, exponent);
  grow(histogram, exponent);
  for (std::size_t bin = 0; bin < histogram.bins.size(); ++bin)
    histogram.bins[bin] += aligned.bins[bin];
}

}  // namespace vernier
