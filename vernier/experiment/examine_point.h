#pragma once

#include <span>
#include <vector>

#include "vernier/experiment/examine.h"

namespace vernier {

/// What is summed up about one point.
struct PointSums {
  Similarity kept;
  std::int64_t clipped = 0;
  std::int64_t nonzero = 0;
  float lo = 0.0F;  ///< of what was seen, and of 0
  float hi = 0.0F;
  std::vector<bool> codes;  ///< seen, by the integer from the low end of the range

  /// `values` are quantized. What they should be is another array where a method has changed them.
  void add(std::span<const float> expected, std::span<const float> values,
           const QuantParams& params, const QuantSpec& spec);
  /// Of the same point.
  void add(const PointSums& other);
  std::int64_t used_codes() const;
};

/// Channel by channel where the point has one parameter a channel, each with codes of its own.
PointSums sums_of_weight(std::span<const float> expected, std::span<const float> weight,
                         const QuantPoint& point);

/// `sums`: by value.
std::vector<SharedScale> shared_scales(const QuantGraph& model, std::span<const PointSums> sums);

}  // namespace vernier
