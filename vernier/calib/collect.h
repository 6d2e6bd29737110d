#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "vernier/base/progress.h"
#include "vernier/calib/batches.h"
#include "vernier/calib/stats.h"
#include "vernier/data/dataset.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// Images of one tensor above this many elements enter the histogram in part: evenly spread short
/// runs, others in each image. Extrema and sums always see every element.
inline constexpr std::int64_t most_binned = 2048;

/// Identifies a graph and its constants.
std::string graph_sha256(const Graph& graph);

struct CollectOptions {
  Stats before = {};  ///< of this graph and the first images of this set: they are not run again
  /// Given the statistics of the first images every `period`, to keep them should the pass be
  /// interrupted.
  std::function<void(const Stats& first_images)> keep = {};
  std::chrono::duration<double> period = std::chrono::seconds(5);
  /// Filled with the outputs for the first batches of `natural_batch`, as many as it has places,
  /// as far as those are run. None: nobody wants them.
  BatchOutputs* outputs = nullptr;
  Progress progress = {};
};

/// Runs the float graph over the set once and remembers every computed f32 value, and the inputs.
/// The same bytes for any number of threads and whether or not the pass was interrupted; memory
/// does not grow with the set, but for 48 bytes a value and image. A NaN or an infinity is an Error
/// that names the value and the image. `graph`: see canonical().
Stats collect(const Graph& graph, const Dataset& dataset, const CollectOptions& options = {});

}  // namespace vernier
