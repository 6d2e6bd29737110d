#pragma once

#include <span>

#include "vernier/import/torch_checkpoint.h"
#include "vernier/zoo/builder.h"

namespace vernier {

/// Gives every parameter of the network the tensor of the same name. Parameters without a tensor,
/// tensors without a parameter and those of another shape are all listed in one Error, and the
/// network stays as it was. Left out: num_batches_tracked, which only training needs.
void load_checkpoint(Network& network, std::span<const NamedTensor> tensors);

}  // namespace vernier
