#pragma once

// Private to engine/: what other tables leave to the scalar kernels.

#include "vernier/engine/kernels.h"

namespace vernier {

/// Where one sum goes. `packed` is the channel's place in the constants.
struct SumTarget {
  std::int64_t y = 0;
  std::int64_t addend = 0;
  std::int64_t packed = 0;
};

/// Stores what becomes of a sum to which the bias has been added.
void finish_sum(const ConvolutionPointers& pointers, const SumTarget& target, std::int32_t total);

}  // namespace vernier
