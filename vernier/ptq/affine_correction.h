#pragma once

#include "vernier/ptq/layer_fit.h"

namespace vernier {

/// Gives every output channel of a layer the gain, if wanted and possible, and the bias with which
/// its integer sums come nearest to the float ones.
void correct_layer(TwoWorlds& worlds, const IntegerNode& node, bool gain_wanted);

}  // namespace vernier
