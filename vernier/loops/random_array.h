#pragma once

// For the tests of this folder.

#include <vector>

#include "vernier/base/random.h"

namespace vernier {

/// Standard normal floats, the same for the same count and seed.
inline std::vector<float> random_array(std::int64_t count, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

}  // namespace vernier
