// The data walk: model -> graph -> points -> statistics -> parameters -> integers -> plan ->
// readings.

#include "vernier/experiment/pipeline.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/hash.h"
#include "vernier/base/parallel.h"
#include "vernier/base/table.h"
#include "vernier/calib/calibrate.h"
#include "vernier/experiment/automatic.h"
#include "vernier/experiment/calibration_stats.h"
#include "vernier/experiment/describe_model.h"
#include "vernier/experiment/far_from_float.h"
#include "vernier/experiment/layer_constants.h"
#include "vernier/experiment/leak_guard.h"
#include "vernier/experiment/prepare_run.h"
#include "vernier/experiment/run_folder.h"
#include "vernier/experiment/runtime_check.h"
#include "vernier/experiment/stored_run.h"
#include "vernier/export/engine_plan.h"
#include "vernier/export/export.h"
#include "vernier/passes/pass.h"
#include "vernier/ptq/method.h"

namespace vernier {
namespace {

std::string file_sha256(const std::filesystem::path& path) { return sha256(read_file(path)); }

/// The set, from `opened` if it is there already.
Dataset open_set(const DataConfig& data, const Experiment& experiment,
                 std::optional<Dataset>& opened, const RunLog& log) {
  const DatasetOptions options = dataset_options(data, experiment);
  if (!opened) opened = open_dataset(options).recording();
  log.line(fmt::format("  {}: {} images", describe(options), opened->size()));
  return *opened;
}

/// Runs the methods in their order.
bool improve(QuantGraph& model, const Experiment& experiment, const Dataset& calibration,
             const RunLog& log) {
  for (const std::string& name : *experiment.methods) {
    const Method& method = find(methods(), name, "method");
    model = method.run(std::move(model), {.calibration = calibration,
                                          .memory_bytes = experiment.memory << 20U,
                                          .note = log.line,
                                          .progress = log.progress(name)});
  }
  return true;
}

RunFacts facts_of(const Experiment& experiment, const QuantizedNetwork& network,
                  const RunOptions& options) {
  return {.command = options.command,
          .seed = experiment.seed,
          .model_path = experiment.model,
          .model_sha256 = file_sha256(experiment.model),
          .profile = experiment.profile,
          .config_sha256 = file_sha256(options.folder / "config.yaml"),
          .float_bytes = float_bytes(network.float_graph),
          .weight_bytes = weight_bytes(network.integers),
          .plan_bytes =
              static_cast<std::int64_t>(std::filesystem::file_size(options.folder / "model.plan"))};
}

/// Ends a run whose network is no quantized form of its float one with the layers to blame.
bool warn_if_far(const Experiment& experiment, const QuantizedNetwork& network,
                 const Evaluation& evaluation, const RunLog& log) {
  if (!is_far_from_float(evaluation)) return false;
  log.line(far_warning(evaluation, examine_run(experiment, network, examined_images, log)));
  return true;
}

/// Without a validation set some calibration images say at least whether the network is broken.
RunOutcome check_on_calibration(const Experiment& experiment, const QuantizedNetwork& network,
                                const Dataset& some, BatchOutputs& float_outputs,
                                const RunLog& log) {
  const Evaluation evaluation =
      evaluate(network, some, {.readings = {Reading::deployed}, .float_outputs = &float_outputs});
  return {.far_from_float = warn_if_far(experiment, network, evaluation, log)};
}

/// Where the runtime leaves our integers; empty where it does not.
std::string first_difference(const RuntimeCheck& check, const Evaluation& evaluation,
                             const Dataset& validation) {
  for (const ParityResult& each : evaluation.parity) {
    if (each.right == Reading::runtime && each.first_image)
      return check.first_difference(validation.only(*each.first_image));
  }
  return "";
}

void write_metrics(const std::filesystem::path& path, const std::string& metrics) {
  const bool earlier = std::filesystem::exists(path);
  write_text(path, earlier ? with_kept_runtimes(metrics, read_text(path)) : metrics);
}

/// Evaluates, compares the two sets, writes metrics.json and shows the table.
RunOutcome conclude(const Experiment& experiment, const QuantizedNetwork& network,
                    const SetIdentity& calibration, RunFacts facts, const RunOptions& options,
                    const RunLog& log) {
  log.line("validation:");
  CommonWork own;
  CommonWork& common = options.common != nullptr ? *options.common : own;
  const Dataset validation = open_set(*experiment.validation, experiment, common.validation, log);
  const Metric* metric =
      validation.has_labels() ? &find(metrics(), experiment.metric, "metric") : nullptr;
  std::optional<RuntimeCheck> check;
  std::optional<RuntimeRun> other;
  if (!options.runtime.empty()) {
    check.emplace(options.runtime, options.folder, network);
    facts.runtime_bytes = check->file_bytes();
    other = check->run(validation);
  }
  const Evaluation evaluation = timed(facts.seconds.evaluate, [&] {
    return evaluate(
        network, validation,
        {.readings = options.readings,
         .metric = metric,
         .runtime = other ? &*other : nullptr,
         .float_outputs = options.common != nullptr
                              ? common.float_outputs.of(network.float_graph, validation.size())
                              : nullptr,
         .progress = log.progress("evaluation")});
  });
  const SetIdentity seen = identify(validation);
  facts.calibration_images = static_cast<std::int64_t>(calibration.names.size());
  facts.calibration_sha256 = calibration.sha256;
  facts.validation_sha256 = seen.sha256;
  facts.leaks = compare_sets(calibration, seen);
  write_metrics(options.folder / "metrics.json",
                metrics_json(facts, evaluation, experiment.metric));
  log.line("");
  log.line(summary_table(facts, evaluation, experiment.metric));
  if (check) {
    const std::string difference = first_difference(*check, evaluation, validation);
    if (!difference.empty()) log.line(difference);
  }
  return {.evaluation = evaluation,
          .leaked_images = facts.leaks.images,
          .far_from_float = warn_if_far(experiment, network, evaluation, log)};
}

CalibratorSettings calibrator_settings(const Experiment& experiment) {
  const auto setting = [](const std::string& name, const TensorConfig& config) {
    return CalibratorSetting{find(calibrators(), name, "calibrator"), config.options};
  };
  const TensorConfig& activations = experiment.activations;
  const std::string& inputs =
      activations.inputs.empty() ? activations.calibrator : activations.inputs;
  return {.weights = setting(experiment.weights.calibrator, experiment.weights),
          .activations = setting(activations.calibrator, activations),
          .inputs = setting(inputs, activations)};
}

/// Without a plan.
QuantizedNetwork lowered(Graph float_graph, QuantGraph model) {
  IntegerGraph integers = lower(model);
  return {std::move(float_graph), std::move(model), std::move(integers), nullptr};
}

/// Writes the forms of a network into its run folder, beside each other; the plan is compiled on
/// the way.
void write_forms(QuantizedNetwork& network, const Graph& prepared,
                 const std::vector<std::string>& exports, const std::filesystem::path& folder) {
  const auto write_plan = [&] {
    network.plan = std::make_shared<const Plan>(compile_plan(network.integers));
    save_plan(*network.plan, folder / "model.plan");
    write_text(folder / "qparams.json", qparams_json(network.model));
  };
  parallel_for(2 + std::ssize(exports), [&](std::int64_t task, int) {
    if (task == 0) return write_plan();
    if (task == 1 + std::ssize(exports))
      return write_file(folder / "layers.bin", layer_constants(prepared, network.model));
    const std::string& name = exports[static_cast<std::size_t>(task - 1)];
    const Exporter& exporter = find(exporters(), name, "exporter");
    exporter.write({network.float_graph, network.model, network.integers}, folder / exporter.file);
  });
}

void check_names(const Experiment& experiment) {
  for (const std::string& name : experiment.methods.value_or(std::vector<std::string>{}))
    find(methods(), name, "method");
  for (const TensorConfig* each : {&experiment.weights, &experiment.activations})
    if (each->calibrator != automatic) find(calibrators(), each->calibrator, "calibrator");
  for (const std::string& name : experiment.exports) find(exporters(), name, "exporter");
}

}  // namespace

QuantizedNetwork make_network(Graph float_graph, QuantGraph model) {
  QuantizedNetwork network = lowered(std::move(float_graph), std::move(model));
  network.plan = std::make_shared<const Plan>(compile_plan(network.integers));
  return network;
}

RunOutcome run_ptq(const Experiment& given, const RunOptions& options, const RunLog& log) {
  check_names(given);
  Seconds seconds;
  const Profile profile = adjusted(load_profile(given.profile), given);
  const Graph imported = timed(seconds.import, [&] { return import_runnable(given); });
  if (!given.calibration)
    fail("no calibration set is named; give --calib DIR, or 'calibration:' in the configuration");
  const Graph graph = canonical(imported, profile);
  Experiment experiment = given;
  for (const std::string& line : resolve(experiment, graph, profile)) log.line(line);
  const CalibratorSettings settings = calibrator_settings(experiment);
  const QuantGraph prepared = prepare_experiment(imported, profile, experiment);
  std::filesystem::create_directories(options.folder);
  std::filesystem::remove(options.folder / "metrics.json");
  write_text(options.folder / "config.yaml", to_yaml(experiment));

  log.line("calibration:");
  CommonWork own = {.statistics = options.folder / "stats.bin"};
  CommonWork& common = options.common != nullptr ? *options.common : own;
  const Dataset calibration =
      open_set(*experiment.calibration, experiment, common.calibration, log);
  const Dataset some = calibration.first(std::min(examined_images, calibration.size()));
  BatchOutputs float_outputs = batch_outputs(graph, some.size());
  const Stats stats = timed(seconds.collect, [&] {
    return calibration_stats(graph, calibration,
                             dataset_options(*experiment.calibration, experiment),
                             {.path = common.statistics, .outputs = &float_outputs}, log);
  });
  const SetIdentity identity = identify(calibration);
  write_file(options.folder / "calibration.bin", to_bytes(identity));
  QuantGraph model = timed(seconds.decide, [&] { return calibrate(prepared, stats, settings); });
  timed(seconds.methods, [&] { return improve(model, experiment, calibration, log); });
  QuantizedNetwork network =
      timed(seconds.decide, [&] { return lowered(graph, std::move(model)); });
  for (const std::string& line : describe_model(graph, network.integers)) log.line(line);
  timed(seconds.decide, [&] {
    write_forms(network, prepared.graph, experiment.exports, options.folder);
    return true;
  });
  log.line(fmt::format("written: {}", options.folder.string()));
  if (!experiment.validation)
    return check_on_calibration(experiment, network, some, float_outputs, log);

  RunFacts facts = facts_of(experiment, network, options);
  facts.seconds = seconds;
  return conclude(experiment, network, identity, facts, options, log);
}

RunOutcome run_test(const RunOptions& options, const std::vector<std::string>& settings,
                    const RunLog& log) {
  const StoredRun run = load_run(options.folder, settings);
  if (!run.experiment.validation)
    fail("{}: the run names no validation set; give --val DIR", options.folder.string());
  const auto file = options.folder / "calibration.bin";
  const SetIdentity identity = parse_identity(read_file(file), file.string());
  RunFacts facts = facts_of(run.experiment, run.network, options);
  facts.seconds = run.seconds;
  return conclude(run.experiment, run.network, identity, facts, options, log);
}

}  // namespace vernier
