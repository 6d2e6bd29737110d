#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "vernier/base/memory_plan.h"
#include "vernier/base/tensor.h"
#include "vernier/engine/engine.h"
#include "vernier/export/node_plan.h"

namespace vernier {

/// The integers of many images, node after node, on the engine: so a layer can be changed between
/// what is before it and what is behind it. Values wait as the engine keeps them, and
/// their memory is used again when nobody needs them any more.
class IntegerWorld {
 public:
  /// Refers to `graph`, whose layers may be decided again between the nodes.
  IntegerWorld(const IntegerGraph& graph, std::int64_t images);

  /// May be called for several images at once, by one thread a worker.
  void set_input(std::int64_t image, const Tensor& input, int worker);
  /// Calls body(image, x) for every image, in parallel; `x` is the node's first operand, dense.
  void for_each_image(const IntegerNode& node,
                      const std::function<void(std::int64_t image, const Tensor& x)>& body);
  /// Calls body(image, sums) for every image, in parallel: what a layer sums up before bias,
  /// residual and activation, times `scales`, [place, channel] at the sample_places() of the image.
  void for_each_sums(
      const IntegerNode& layer, const std::vector<float>& scales,
      const std::function<void(std::int64_t image, std::span<const float> sums)>& body);
  /// Computes the node for every image and drops what nobody reads any more.
  void advance(std::size_t node);

 private:
  std::byte* memory(ValueId id, std::int64_t image);
  void bind_inputs(Engine& engine, const IntegerNode& node, const NodePlan& plan,
                   std::int64_t image);

  const IntegerGraph& graph_;
  std::int64_t images_;
  NodePlan entry_;
  std::vector<std::optional<Engine>> entry_engines_;  // by worker
  std::vector<Buffer> buffers_;                       // by value
  MemoryPlan places_;                                 // of the values of one image
  std::vector<AlignedBytes> arenas_;                  // by image
};

/// What the world holds for each image.
std::int64_t bytes_of_an_image(const IntegerGraph& graph);

}  // namespace vernier
