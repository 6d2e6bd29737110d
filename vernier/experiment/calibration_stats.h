#pragma once

#include <chrono>
#include <filesystem>

#include "vernier/calib/stats.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

/// Where statistics are kept, how often while they are made, and what else is wanted of the pass.
struct StatsFile {
  std::filesystem::path path;
  std::chrono::duration<double> period = std::chrono::seconds(5);
  BatchOutputs* outputs = nullptr;  ///< see CollectOptions
};

/// Statistics of the canonical graph from the file as far as they belong to this graph and these
/// images or the first of them, the rest by a pass. A pass that is killed has lost one period: it
/// leaves the statistics of the images that it has seen.
Stats calibration_stats(const Graph& graph, const Dataset& calibration,
                        const DatasetOptions& options, const StatsFile& file, const RunLog& log);

}  // namespace vernier
