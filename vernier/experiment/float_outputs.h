#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "vernier/calib/batches.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// What float networks gave for the batches of one set, so that evaluating several quantized forms
/// of them runs each only once. The sets must be one and the same.
class FloatOutputs {
 public:
  /// The place of a graph's outputs for so many images; different batches may be filled by several
  /// threads at once. Null where they would take more than 256 MiB.
  BatchOutputs* of(const Graph& graph, std::int64_t images);

 private:
  std::map<std::string, BatchOutputs> graphs_;  // by hash
};

/// Places for the batches of so many images.
BatchOutputs batch_outputs(const Graph& graph, std::int64_t images);

}  // namespace vernier
