#pragma once

#include <filesystem>

#include "vernier/calib/stats.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

/// Statistics of the canonical graph from `file` when they belong to this graph and these images,
/// else by one pass, which are then written there.
Stats calibration_stats(const Graph& graph, const Dataset& calibration,
                        const DatasetOptions& options, const std::filesystem::path& file,
                        const RunLog& log);

}  // namespace vernier
