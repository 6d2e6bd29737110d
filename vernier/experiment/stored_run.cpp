#include "vernier/experiment/stored_run.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/experiment/layer_constants.h"
#include "vernier/experiment/prepare_run.h"
#include "vernier/experiment/run_folder.h"
#include "vernier/passes/pass.h"

namespace vernier {

StoredRun load_run(const std::filesystem::path& folder, std::span<const std::string> settings) {
  if (!std::filesystem::exists(folder / "config.yaml"))
    fail("{}: no run folder: it has no config.yaml; `vernier ptq` makes one", folder.string());
  StoredRun run;
  Experiment& experiment = run.experiment;
  apply_file(experiment, folder / "config.yaml");
  for (const std::string& setting : settings) apply_setting(experiment, setting);
  const Profile profile = adjusted(load_profile(experiment.profile), experiment);
  const Graph imported = timed(run.seconds.import, [&] { return import_runnable(experiment); });
  run.network = timed(run.seconds.decide, [&] {
    QuantGraph model = prepare_experiment(imported, profile, experiment);
    const std::filesystem::path layers = folder / "layers.bin";
    if (!std::filesystem::exists(layers)) {
      fail(
          "{}: missing; without it the weights that methods changed are lost: run `vernier ptq {}` "
          "again",
          layers.string(), (folder / "config.yaml").string());
    }
    apply_layer_constants(model.graph, read_file(layers), layers.string());
    return make_network(canonical(imported, profile),
                        with_qparams(std::move(model), folder / "qparams.json"));
  });
  return run;
}

NetworkTruth examine_run(const Experiment& experiment, const QuantizedNetwork& network,
                         std::int64_t images, const RunLog& log) {
  if (!experiment.calibration) fail("the run names no calibration set to examine its network on");
  const Dataset set = open_dataset(dataset_options(*experiment.calibration, experiment));
  const TensorConfig& activations = experiment.activations;
  return examine(
      network, set.first(std::min(images, set.size())),
      {.weight_calibrator = experiment.weights.calibrator,
       .input_calibrator = activations.inputs.empty() ? activations.calibrator : activations.inputs,
       .activation_calibrator = activations.calibrator,
       .progress = log.progress("layers")});
}

}  // namespace vernier
