#pragma once

// Private to engine/: what an engine makes of the weights of a plan before it runs, once and for
// one instruction set. The plan itself does not know the machine.

#include <cstdint>
#include <vector>

#include "vernier/engine/kernels.h"
#include "vernier/engine/plan.h"

namespace vernier {

/// The highest number that an element of each buffer can be, as stored, where it is a byte: from
/// the clamps of the steps that write it. What nothing is known of gives 255.
std::vector<std::int32_t> highest_stored(const Plan& plan);

/// For each step: weights as Kernels::prepare has them; of a depthwise convolution with weights of
/// 4 bits these as bytes; else nothing. One behind the other, in the order in which they are read;
/// only what is very large stays where it is.
class PreparedWeights {
 public:
  /// Blocks of so many bytes.
  explicit PreparedWeights(std::size_t block_bytes = 0) : block_bytes_(block_bytes) {}
  PreparedWeights(PreparedWeights&&) = default;
  PreparedWeights& operator=(PreparedWeights&&) = default;

  /// Of the next step.
  void add(AlignedBytes step);
  /// Null: nothing.
  const std::byte* of(std::size_t step) const { return starts_[step]; }

 private:
  std::size_t block_bytes_;
  std::vector<const std::byte*> starts_;
  std::vector<AlignedBytes> blocks_;  // of many steps each
  std::vector<AlignedBytes> apart_;
};
PreparedWeights prepared_weights(const Plan& plan, const Kernels& kernels);

}  // namespace vernier
