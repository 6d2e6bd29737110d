#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vernier/experiment/config.h"
#include "vernier/ir/graph.h"

namespace vernier {

/// The calibrator that is none: a choice is made for the user.
inline constexpr std::string_view automatic = "auto";

/// Completes a configuration with everything that is chosen for the user, and says so, a line each:
/// preprocessing from the shape of the input, 1,024 images of a larger calibration set, and in the
/// place of `auto` (docs/auto.md): activations by mse, the network's inputs and weights of 8 bits
/// and more by minmax, narrower weights by mse, all by power_of_two where scales are powers of two;
/// and, where no methods are named, gptq if the effort is high, else affine_correction if both were
/// `auto`.
std::vector<std::string> resolve(Experiment& experiment, const Graph& graph,
                                 const Profile& profile);

}  // namespace vernier
