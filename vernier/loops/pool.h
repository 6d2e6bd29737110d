#pragma once

#include "vernier/loops/window.h"

namespace vernier {

/// A pooling of `planes` (batch times channels) arrays: x [planes, fine grid], y [planes, coarse
/// grid].
struct Pooling {
  Window window;
  std::int64_t planes = 1;
};

/// The largest element in each window; padding never counts. A window that holds nothing but
/// padding gives minus infinity.
void max_pool(const Pooling& pooling, const float* x, float* y);

enum class PoolDivisor : std::uint8_t {
  elements,             ///< those of the window that lie inside x
  elements_and_padding  ///< those that lie inside the padded x
};

/// The average over each window: the sum in float over rows, then columns, divided once.
void average_pool(const Pooling& pooling, PoolDivisor divisor, const float* x, float* y);

}  // namespace vernier
