#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vernier/experiment/config.h"

namespace vernier {

/// The calibrator that is none: a choice is made for the user.
inline constexpr std::string_view automatic = "auto";

/// Puts what was chosen in the place of `auto` and says why, a line each (docs/auto.md):
/// activations by mse, the network's inputs and weights of 8 bits and more by minmax, narrower
/// weights by mse; and, where both were `auto` and no methods are named, affine_correction.
std::vector<std::string> resolve_auto(Experiment& experiment, const Profile& profile);

}  // namespace vernier
