// vernier ptq: options on top of a configuration file, or in place of one.

#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/cli/console.h"
#include "vernier/cli/options.h"
#include "vernier/cli/run_status.h"
#include "vernier/experiment/all_profiles.h"

namespace vernier {
namespace {

struct PtqArguments {
  std::string input;
  std::string profile;
  int bits = 0;
  std::string calibrator;
  std::string effort;
  int memory = 0;
  std::string calibration;
  std::string validation;
  std::map<std::string, Shape> shapes;
  std::vector<std::string> settings;
  std::string folder;
  std::vector<std::string> readings;
  bool allow_leak = false;
};

bool is_config(const std::string& path) {
  return path.ends_with(".yaml") || path.ends_with(".yml");
}

DataConfig guessed(const std::string& path, std::string_view split) {
  DataConfig data;
  data.options = guess_dataset(path, split);
  return data;
}

Effort effort_of(const std::string& name) {
  const auto effort = enum_from_name<Effort>(name);
  if (!effort)
    fail("--effort {}: expected one of {}", name, fmt::join(EnumNames<Effort>::names, ", "));
  return *effort;
}

Experiment experiment_of(const PtqArguments& arguments) {
  Experiment experiment;
  if (is_config(arguments.input)) {
    apply_file(experiment, arguments.input);
  } else {
    experiment.model = arguments.input;
  }
  if (!arguments.profile.empty()) experiment.profile = arguments.profile;
  if (arguments.bits != 0) {
    experiment.weights.bits = arguments.bits;
    experiment.activations.bits = arguments.bits;
  }
  if (!arguments.effort.empty()) experiment.effort = effort_of(arguments.effort);
  if (arguments.memory != 0) experiment.memory = arguments.memory;
  if (!arguments.calibrator.empty()) experiment.activations.calibrator = arguments.calibrator;
  if (!arguments.calibration.empty())
    experiment.calibration = guessed(arguments.calibration, "train");
  if (!arguments.validation.empty()) experiment.validation = guessed(arguments.validation, "test");
  for (const auto& [input, shape] : arguments.shapes) experiment.shapes[input] = shape;
  for (const std::string& setting : arguments.settings) apply_setting(experiment, setting);
  return experiment;
}

/// runs/MODEL-PROFILE, or runs/CONFIG
std::filesystem::path default_folder(const PtqArguments& arguments, const Experiment& experiment) {
  const std::string stem = std::filesystem::path(arguments.input).stem().string();
  if (is_config(arguments.input)) return std::filesystem::path("runs") / stem;
  return std::filesystem::path("runs") /
         fmt::format("{}-{}", stem, std::filesystem::path(experiment.profile).stem().string());
}

}  // namespace

int run_ptq_command(const Arguments& given) {
  PtqArguments arguments;
  parse(
      {"vernier ptq",
       "Quantizes a trained network and evaluates it: float, simulated, exact, deployed.",
       {
           {"input", &arguments.input, "a configuration (.yaml) or a model (.onnx)", true},
           {"--profile", &arguments.profile,
            "what the target does with integers: a name of `vernier list profiles`, a .yaml file, "
            "or 'all' for a table over all of them"},
           {.name = "--bits",
            .target = &arguments.bits,
            .help = "bits of weights and activations",
            .range = std::pair{2, 16}},
           {"--calibrator", &arguments.calibrator,
            "how the ranges of activations are chosen: auto (default) or a name of `vernier list "
            "calibrators`; "
            "weights stay as configured (--set weights.calibrator=NAME)"},
           {"--calib", &arguments.calibration,
            "folder of the calibration set; its kind is guessed and printed"},
           {"--val", &arguments.validation, "folder of the validation set"},
           {"--effort", &arguments.effort,
            "normal (default), or high: weights are rounded with error feedback, which takes two "
            "to "
            "five times as long as the default correction"},
           {.name = "--memory",
            .target = &arguments.memory,
            .help = "MiB that methods may take for the images they keep (default: 512)",
            .range = std::pair{1, 1 << 20}},
           {"--set", &arguments.settings,
            "key.path=value, as in the configuration; may be repeated"},
           {"--out", &arguments.folder, "the run folder (default: runs/MODEL-PROFILE)"},
           readings_option(arguments.readings),
           allow_leak_option(arguments.allow_leak),
           shape_option(arguments.shapes),
           threads_option(),
       },
       "examples:\n"
       "  vernier ptq model.onnx --profile openvino --calib images/calib --val images/val\n"
       "  vernier ptq model.onnx --profile all --calib images/calib --val images/val\n"
       "  vernier ptq config.yaml --set weights.bits=4 --out runs/w4a8\n"
       "  vernier ptq model.onnx --calib cifar/ --val cifar/ --set 'preprocess=[{scale: "
       "0.00392157}]'"},
      given);

  const Experiment experiment = experiment_of(arguments);
  const std::filesystem::path folder = arguments.folder.empty()
                                           ? default_folder(arguments, experiment)
                                           : std::filesystem::path(arguments.folder);
  const bool all = experiment.profile == all_profiles;
  RunOptions options = {.folder = folder, .command = command_line()};
  if (all) options.readings = {Reading::deployed};
  options.readings = readings_of(arguments.readings, options.readings);
  const auto run = all ? run_all_profiles : run_ptq;
  const RunOutcome outcome = run(experiment, options, console_log(folder));
  return run_status(outcome, arguments.allow_leak);
}

}  // namespace vernier
