#include "vernier/experiment/automatic.h"

#include <fmt/format.h>

namespace vernier {
namespace {

// Clipping the weights of a channel gains nothing at 8 bits and much at 4.
constexpr int fewest_bits_unclipped = 8;

std::string choose_weights(Experiment& experiment, const Profile& profile) {
  const bool whole = profile.weight_bits >= fewest_bits_unclipped;
  experiment.weights.calibrator = whole ? "minmax" : "mse";
  return fmt::format("auto: weights by {}: at {} bits clipping {}", experiment.weights.calibrator,
                     profile.weight_bits, whole ? "gains nothing" : "makes the steps finer");
}

std::string choose_activations(Experiment& experiment) {
  experiment.activations.calibrator = "mse";
  experiment.activations.inputs = "minmax";
  return "auto: activations by mse, the range with the least squared error; inputs in whole";
}

}  // namespace

std::vector<std::string> resolve_auto(Experiment& experiment, const Profile& profile) {
  const bool weights = experiment.weights.calibrator == automatic;
  const bool activations = experiment.activations.calibrator == automatic;
  std::vector<std::string> lines;
  if (weights) lines.push_back(choose_weights(experiment, profile));
  if (activations) lines.push_back(choose_activations(experiment));
  if (experiment.methods) return lines;
  experiment.methods.emplace();
  if (weights && activations) {
    experiment.methods->emplace_back("affine_correction");
    lines.emplace_back("auto: then affine_correction, a gain and a bias for each channel");
  }
  return lines;
}

}  // namespace vernier
