#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "vernier/compute/session.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// What the layers of a float graph compute before residual and activation, at sampled places of
/// each image: what an integer layer is fitted to.
class FloatSums {
 public:
  /// `layers`: results of Conv, ConvTranspose or Gemm nodes of `graph`.
  FloatSums(Graph graph, std::span<const ValueId> layers, std::int64_t images);

  /// Runs one image, on the session of a worker.
  void run(std::int64_t image, const Tensor& input, int worker);
  /// Of a layer and an image: [place, channel] in the order of sample_places().
  std::span<const float> of(ValueId layer, std::int64_t image) const;
  /// The samples of a layer are no longer needed.
  void forget(ValueId layer) { samples_.erase(layer); }

 private:
  Graph graph_;
  std::map<ValueId, ValueId> layer_of_;  // from the value that holds the bare sums
  std::vector<ValueId> tapped_;
  std::vector<std::optional<Session>> sessions_;
  std::map<ValueId, std::vector<std::vector<float>>> samples_;  // by layer, then by image
};

}  // namespace vernier
