// metrics.json: the contract with scripts. Fields may be added; renaming one needs a new schema.

#include <cmath>

#include <nlohmann/json.hpp>

#include "vernier/base/machine.h"
#include "vernier/base/parallel.h"
#include "vernier/engine/kernels.h"
#include "vernier/experiment/run_folder.h"
#include "vernier/experiment/version.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

/// JSON knows no infinity: a network that equals its reference has none to show.
Json decibels(const Similarity& sums) {
  const double value = sqnr_db(sums);
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json results_json(const Evaluation& evaluation, const std::string& metric) {
  Json results = Json::array();
  for (const ReadingResult& each : evaluation.results) {
    if (!each.accuracy) continue;
    results.push_back({{"reading", reading_name(evaluation, each.reading)},
                       {"metric", metric},
                       {"value", each.accuracy->value()},
                       {"low", each.accuracy->low()},
                       {"high", each.accuracy->high()},
                       {"correct", each.accuracy->hits},
                       {"count", each.accuracy->count}});
  }
  return results;
}

Json agreement_json(const Evaluation& evaluation) {
  Json agreement = Json::array();
  for (const ReadingResult& each : evaluation.results) {
    if (each.reading == Reading::floating) continue;
    agreement.push_back(
        {{"reading", reading_name(evaluation, each.reading)},
         {"against", "float"},
         {"images", evaluation.images},
         {"differing_predictions", each.differing_predictions},
         {"sqnr_db", decibels(each.against_float)},
         {"milliseconds_per_image", 1e3 * each.seconds / static_cast<double>(evaluation.images)}});
  }
  return agreement;
}

Json parity_json(const Evaluation& evaluation) {
  Json parity = Json::array();
  for (const ParityResult& each : evaluation.parity) {
    parity.push_back({{"left", reading_name(evaluation, each.left)},
                      {"right", reading_name(evaluation, each.right)},
                      {"images", evaluation.images},
                      {"outputs", each.outputs},
                      {"differing_outputs", each.differing_outputs},
                      {"largest_difference_steps", each.largest_difference_steps},
                      {"differing_predictions", each.differing_predictions}});
  }
  return parity;
}

/// {"onnxruntime": [layers in integers, layers]}
Json integer_layers_json(const std::optional<RuntimeReport>& runtime) {
  Json layers = Json::object();
  if (runtime) layers[runtime->name] = {integer_count(*runtime), runtime->layers.size()};
  return layers;
}

/// What computes in float in the runtime: layers and other nodes.
Json runtimes_json(const std::optional<RuntimeReport>& runtime) {
  Json runtimes = Json::array();
  if (!runtime) return runtimes;
  Json islands = Json::array();
  for (const RuntimeNode& each : float_nodes(*runtime))
    islands.push_back({{"name", each.name}, {"type", each.type}, {"reason", each.reason}});
  runtimes.push_back(
      {{"name", runtime->name}, {"version", runtime->version}, {"float_islands", islands}});
  return runtimes;
}

Json leaks_json(const LeakReport& report) {
  Json leaks = Json::array();
  for (const auto& [calibration, validation, equal] : report.first)
    leaks.push_back({{"calibration", calibration}, {"validation", validation}, {"equal", equal}});
  return leaks;
}

Json seconds_json(const Seconds& seconds) {
  const double total =
      seconds.import + seconds.collect + seconds.decide + seconds.methods + seconds.evaluate;
  return {{"import", seconds.import},   {"collect", seconds.collect},   {"decide", seconds.decide},
          {"methods", seconds.methods}, {"evaluate", seconds.evaluate}, {"total", total}};
}

}  // namespace

std::string metrics_json(const RunFacts& facts, const Evaluation& evaluation,
                         const std::string& metric) {
  const Json json = {
      {"schema", 1},
      {"vernier", version},
      {"command", facts.command},
      {"seed", facts.seed},
      {"machine", {{"cpu", cpu_name()}, {"isa", kernels().isa}, {"threads", thread_count()}}},
      {"model", {{"path", facts.model_path}, {"sha256", facts.model_sha256}}},
      {"profile", facts.profile},
      {"config_sha256", facts.config_sha256},
      {"calibration", {{"images", facts.calibration_images}, {"sha256", facts.calibration_sha256}}},
      {"validation",
       {{"images", evaluation.images},
        {"sha256", facts.validation_sha256},
        {"leaked_images", facts.leaks.images},
        {"leaks", leaks_json(facts.leaks)}}},
      {"results", results_json(evaluation, metric)},
      {"agreement", agreement_json(evaluation)},
      {"parity", parity_json(evaluation)},
      {"integer_layers", integer_layers_json(evaluation.runtime)},
      {"runtimes", runtimes_json(evaluation.runtime)},
      {"size",
       {{"float_bytes", facts.float_bytes},
        {"weight_bytes", facts.weight_bytes},
        {"plan_bytes", facts.plan_bytes}}},
      {"seconds", seconds_json(facts.seconds)},
      {"peak_rss_bytes", peak_rss_bytes()}};
  return json.dump(1) + "\n";
}

}  // namespace vernier
