#include "vernier/experiment/automatic.h"

#include <fmt/format.h>

#include "vernier/experiment/prepare_run.h"

namespace vernier {
namespace {

// Clipping the weights of a channel gains nothing at 8 bits and much at 4.
constexpr int fewest_bits_unclipped = 8;

// Any other range would be rounded to the nearest power of two, and then cut off.
constexpr std::string_view powers = "power_of_two";

std::string choose_weights(Experiment& experiment, const Profile& profile) {
  if (profile.power_of_two_scale) {
    experiment.weights.calibrator = powers;
    return fmt::format("auto: weights by {}", powers);
  }
  const bool whole = profile.weight_bits >= fewest_bits_unclipped;
  experiment.weights.calibrator = whole ? "minmax" : "mse";
  return fmt::format("auto: weights by {}: at {} bits clipping {}", experiment.weights.calibrator,
                     profile.weight_bits, whole ? "gains nothing" : "makes the steps finer");
}

std::string choose_activations(Experiment& experiment, const Profile& profile) {
  if (profile.power_of_two_scale) {
    experiment.activations.calibrator = powers;
    return fmt::format("auto: activations by {}", powers);
  }
  experiment.activations.calibrator = "mse";
  experiment.activations.inputs = "minmax";
  return "auto: activations by mse, the range with the least squared error; inputs in whole";
}

/// More images change statistics little and cost time: a whole training set is for who asks for it.
constexpr std::int64_t usual_calibration_count = 1024;

void limit_calibration(Experiment& experiment, std::vector<std::string>& lines) {
  DatasetOptions& options = experiment.calibration->options;
  if (options.count) return;
  const std::int64_t all =
      open_dataset(dataset_options(*experiment.calibration, experiment)).size();
  if (all <= usual_calibration_count) return;
  options.count = usual_calibration_count;
  if (!options.shuffle_seed) options.shuffle_seed = 0;
  lines.push_back(fmt::format("calibration: {} of {} images; 'count' changes that",
                              usual_calibration_count, all));
}

void resolve_auto(Experiment& experiment, const Profile& profile, std::vector<std::string>& lines) {
  const bool weights = experiment.weights.calibrator == automatic;
  const bool activations = experiment.activations.calibrator == automatic;
  if (weights) lines.push_back(choose_weights(experiment, profile));
  if (activations) lines.push_back(choose_activations(experiment, profile));
  if (experiment.methods) return;
  experiment.methods.emplace();
  if (experiment.effort == Effort::high) {
    experiment.methods->emplace_back("gptq");
    lines.emplace_back(
        "effort high: then gptq, weights rounded with error feedback, a gain and a bias for each "
        "channel");
  } else if (weights && activations) {
    experiment.methods->emplace_back("affine_correction");
    lines.emplace_back("auto: then affine_correction, a gain and a bias for each channel");
  }
}

}  // namespace

std::vector<std::string> resolve(Experiment& experiment, const Graph& graph,
                                 const Profile& profile) {
  std::vector<std::string> lines;
  if (!experiment.preprocess && graph.inputs.size() == 1) {
    experiment.preprocess = default_preprocess(graph[graph.inputs[0]].shape);
    lines.emplace_back(
        "preprocess: not given; taken from the input's shape as config.yaml shows it");
  }
  limit_calibration(experiment, lines);
  resolve_auto(experiment, profile, lines);
  return lines;
}

}  // namespace vernier
