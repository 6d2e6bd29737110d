#pragma once

#include <filesystem>
#include <string>

#include "vernier/experiment/evaluate.h"
#include "vernier/experiment/leak_guard.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

/// Every point with its spec and parameters, by the name of its value: qparams.json.
std::string qparams_json(const QuantGraph& model);

/// Puts parameters from qparams.json onto the points of a prepared graph. A file that is damaged or
/// belongs to another graph is an Error.
QuantGraph with_qparams(QuantGraph model, const std::filesystem::path& path);

/// What metrics.json says beside the evaluation.
struct RunFacts {
  std::string command;
  std::uint64_t seed = 0;
  std::string model_path;
  std::string model_sha256;
  std::string profile;
  std::string config_sha256;
  std::int64_t calibration_images = 0;
  std::string calibration_sha256;
  std::string validation_sha256;
  LeakReport leaks;
  std::int64_t float_bytes = 0;   ///< of all constants in float32
  std::int64_t weight_bytes = 0;  ///< of the integer weights, biases and their scales
  std::int64_t plan_bytes = 0;
  std::int64_t runtime_bytes = 0;  ///< of the file that a runtime ran
  Seconds seconds;
};

/// metrics.json, schema 1.
std::string metrics_json(const RunFacts& facts, const Evaluation& evaluation,
                         const std::string& metric);

/// `metrics` with the rows that other runtimes gave earlier, as far as the earlier file is of the
/// same model, configuration and images; anything else is left out.
std::string with_kept_runtimes(const std::string& metrics, const std::string& earlier_metrics);

/// The table for people.
std::string summary_table(const RunFacts& facts, const Evaluation& evaluation,
                          const std::string& metric);

}  // namespace vernier
