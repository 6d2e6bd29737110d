#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "vernier/engine/engine.h"
#include "vernier/export/node_plan.h"
#include "vernier/loops/window.h"

namespace vernier {

/// What a layer sums up before bias, residual and activation, times a scale for each output
/// channel, at the sample_places() of an image. A convolution with more places than those gets
/// what it reads there as patches side by side, and no other place is computed.
class SampledSums {
 public:
  /// Copies what it needs of the network. `x` is how the first operand is kept.
  SampledSums(const IntegerGraph& network, const IntegerNode& layer, const Buffer& x,
              const std::vector<float>& scales);

  /// [place, channel]. `memory` holds the first operand. Several workers may call at once.
  std::vector<float> of(std::int64_t image, std::byte* memory, int worker);

 private:
  struct Worker {
    explicit Worker(const NodePlan& plan) : engine(plan.plan) {}
    Engine engine;
    AlignedBytes patches;
  };

  void copy_patches(std::int64_t image, const std::byte* memory, std::byte* patches) const;

  Buffer x_;
  std::int64_t plane_;            // places of an image
  std::optional<Window> window_;  // if there are patches
  NodePlan plan_;
  std::vector<std::optional<Worker>> workers_;
};

}  // namespace vernier
