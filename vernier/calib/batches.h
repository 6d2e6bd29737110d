#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "vernier/base/progress.h"
#include "vernier/data/loader.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// The batch for evaluating a graph on one thread a session: 1 for large inputs, whose activations
/// would leave the cache, more for small ones, where the cost of starting an operator counts. A
/// function of the graph alone, because float results may depend on it; 1 when the graph's batch is
/// fixed.
std::int64_t natural_batch(const Graph& graph);

/// What a graph gave for the batches of a set; empty for those that it has not been run on.
using BatchOutputs = std::vector<std::vector<Tensor>>;

struct BatchOptions {
  std::int64_t batch = 1;
  std::int64_t begin = 0;            ///< the first image
  std::function<bool()> pause = {};  ///< asked after each batch: whether to take no more now
  Progress progress = {};
};

/// Loads the set batch by batch, ahead, and calls body(batch, worker) on `thread_count()` threads
/// at once. Which worker gets a batch is not fixed: results belong into places that follow from the
/// batch. Every batch has the full size, so that float results do not depend on where a set ends:
/// the last one is filled up with zeros, and has labels for its real images only. Returns the image
/// to go on with after a pause; all before it are done.
std::int64_t for_each_batch(const Dataset& dataset, const BatchOptions& options,
                            const std::function<void(const Batch& batch, int worker)>& body);

}  // namespace vernier
