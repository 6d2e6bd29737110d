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
// Neighbours often fall into one bin; counting them in separate tables spares the wait for the
// count just written.
constexpr std::size_t table_count = 4;
// Below this exponent the inverse of a bin's width is no finite float: smaller values share bins.
constexpr int least_exponent = -110;

float largest_magnitude(std::span<const float> values) {
  std::array<float, 16> lanes{};
  std::size_t i = 0;
  for (; i + lanes.size() <= values.size(); i += lanes.size()) {
    for (std::size_t lane = 0; lane < lanes.size(); ++lane) {
      const float magnitude = std::abs(values[i + lane]);
      lanes[lane] = lanes[lane] > magnitude ? lanes[lane] : magnitude;
    }
  }
  for (; i < values.size(); ++i) lanes[0] = std::max(lanes[0], std::abs(values[i]));
  return *std::ranges::max_element(lanes);
}

void halve_side(std::span<std::int64_t> bins) {
  for (std::int64_t i = 0; i < side / 2; ++i)
    bins[static_cast<std::size_t>(i)] =
        bins[static_cast<std::size_t>(2 * i)] + bins[static_cast<std::size_t>(2 * i + 1)];
  std::fill(bins.begin() + side / 2, bins.end(), 0);
}

void grow(Histogram& histogram, int exponent) {
  if (!histogram.exponent) {
    histogram.exponent = exponent;
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

using Tables =
    std::array<std::array<std::uint32_t, static_cast<std::size_t>(2 * side)>, table_count>;
using Indices = std::array<std::int32_t, 256>;

/// The bin of each value, and how many are zero. A zero counts as positive, whatever its sign.
VERNIER_VECTOR_CLONES
std::int64_t find_bins(std::span<const float> values, float inverse_width, Indices& indices) {
  std::int32_t zeros = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = values[i];
    const auto magnitude = static_cast<std::int32_t>(std::abs(value) * inverse_width);
    indices[i] = static_cast<std::int32_t>(side) + (value < 0.0F ? ~magnitude : magnitude);
    zeros += value == 0.0F ? 1 : 0;
  }
  return zeros;
}

void count_bins(std::span<const std::int32_t> indices, Tables& tables) {
  std::size_t i = 0;
  for (; i + table_count <= indices.size(); i += table_count) {
    for (std::size_t table = 0; table < table_count; ++table) {
      ++tables[table][static_cast<std::size_t>(indices[i + table])];
    }
  }
  for (; i < indices.size(); ++i) ++tables[0][static_cast<std::size_t>(indices[i])];
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

void add(Histogram& histogram, std::span<const float> values) {
  const float largest = largest_magnitude(values);
  if (largest > 0.0F) grow(histogram, std::max(std::ilogb(largest) + 1, least_exponent));
  if (!histogram.exponent) {
    histogram.zeros += static_cast<std::int64_t>(values.size());
    return;
  }
  thread_local Tables scratch;
  Tables& tables = scratch;  // one look-up of the thread's copy, not one a value
  for (auto& table : tables) table.fill(0);

  const auto inverse_width = static_cast<float>(1.0 / histogram.bin_width());
  std::int64_t zeros = 0;
  Indices indices;
  for (std::size_t begin = 0; begin < values.size(); begin += indices.size()) {
    const auto part = values.subspan(begin, std::min(indices.size(), values.size() - begin));
    zeros += find_bins(part, inverse_width, indices);
    count_bins(std::span(indices).first(part.size()), tables);
  }
  for (std::size_t bin = 0; bin < histogram.bins.size(); ++bin) {
    for (const auto& table : tables) histogram.bins[bin] += table[bin];
  }
  histogram.bins[static_cast<std::size_t>(side)] -= zeros;
  histogram.zeros += zeros;
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
