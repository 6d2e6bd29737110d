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
/// 4 bits these as bytes; else nothing.
std::vector<AlignedBytes> prepared_weights(const Plan& plan, const Kernels& kernels);

}  // namespace vernier
