#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// The integers of many images, node after node: so a layer can be changed between what is before
/// it and what is behind it. Integers of 8 bits wait in a byte each, and no longer than they are
/// needed.
class IntegerWorld {
 public:
  /// Refers to `graph`, whose layers may be decided again between the nodes.
  IntegerWorld(const IntegerGraph& graph, std::int64_t images);

  void set_input(std::int64_t image, const Tensor& input);
  /// Calls body(image, values) for every image, in parallel; `values` holds what the node reads.
  void for_each_image(
      const IntegerNode& node,
      const std::function<void(std::int64_t image, std::span<const Tensor> values)>& body) const;
  /// Computes the node for every image and drops what nobody reads any more.
  void advance(std::size_t node);

 private:
  Tensor packed(const Tensor& integers, ValueId id) const;
  Tensor unpacked(const Tensor& stored, ValueId id) const;

  const IntegerGraph& graph_;
  std::vector<std::size_t> last_reader_;     // by value
  std::vector<Tensor> constants_;            // by value
  std::vector<std::vector<Tensor>> stored_;  // by value, then by image
  std::int64_t images_;
};

/// Bytes that the values of one image take at most at a time.
std::int64_t most_live_bytes(const IntegerGraph& graph);

}  // namespace vernier
