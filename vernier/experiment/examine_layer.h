#pragma once

#include <memory>
#include <optional>

#include "vernier/calib/simulate.h"

namespace vernier {

/// One node with the points of its operands, weights and results: the layer that alone is
/// quantized.
class LonelyLayer {
 public:
  /// None where no point touches the node, or where it computes integers.
  static std::optional<LonelyLayer> cut(const QuantGraph& model, const Node& node);

  /// `operands`: the float values of `inputs()`. Returns the node's first result.
  Tensor run(std::span<const Tensor> operands);
  /// Of the model: what the node reads and no constant holds.
  const std::vector<ValueId>& inputs() const { return inputs_; }

 private:
  std::unique_ptr<const QuantGraph> model_;  // to which the tap refers
  Simulation simulation_;
  Session session_;
  std::vector<ValueId> inputs_;

  LonelyLayer(std::unique_ptr<const QuantGraph> model, Simulation simulation,
              std::vector<ValueId> inputs);
};

}  // namespace vernier
