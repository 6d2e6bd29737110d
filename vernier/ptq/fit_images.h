#pragma once

#include <cstdint>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// How many images of the calibration set a fit looks at: 64 of 224x224 pixels, up to 256 smaller
/// ones, never more than there are or than the memory holds.
std::int64_t fit_images(const IntegerGraph& graph, std::int64_t available,
                        std::int64_t memory_bytes);

}  // namespace vernier
