#pragma once

#include <cstdint>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// How many images of the calibration set a fit looks at: as many as 20 G multiply-adds pay for, 32
/// to 256, never more than there are or than the memory holds beside the rest of the process, but
/// 16 at least.
std::int64_t fit_images(const IntegerGraph& graph, std::int64_t available,
                        std::int64_t memory_bytes);

}  // namespace vernier
