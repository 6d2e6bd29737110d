#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vernier {

/// Counts of the values of a tensor over a range that grows by doubling. The bin of a value depends
/// on the value and the exponent alone, and doubling the range maps bins onto bins exactly: so the
/// result does not depend on the order or the grouping in which values arrive, and parts merge
/// exactly.
struct Histogram {
  static constexpr std::int64_t side = 2048;  ///< bins for each sign
  /// Below the least one the inverse of a bin's width is no finite float: smaller values share
  /// bins.
  static constexpr int least_exponent = -110;
  static constexpr int most_exponent = 128;

  /// Bins cover [-2^exponent, 2^exponent); none as long as only zeros were seen.
  std::optional<int> exponent;
  std::int64_t zeros = 0;          ///< exact zeros, which are in no bin
  std::vector<std::int64_t> bins;  ///< 2 * side, ascending; empty without an exponent

  bool operator==(const Histogram&) const = default;

  std::int64_t count() const;
  double bin_width() const;
  double bin_centre(std::int64_t bin) const;
};

/// Adds finite values, none of them of a greater magnitude than `largest`, which the range will
/// hold.
void add(Histogram& histogram, std::span<const float> values, float largest);
void merge(Histogram& histogram, const Histogram& other);

}  // namespace vernier
