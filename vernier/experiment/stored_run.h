#pragma once

#include <chrono>
#include <span>

#include "vernier/experiment/examine.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

/// What a run folder holds, brought back.
struct StoredRun {
  Experiment experiment;
  QuantizedNetwork network;
  Seconds seconds;
};

/// `settings`: as in apply_setting, on top of the configuration.
StoredRun load_run(const std::filesystem::path& folder, std::span<const std::string> settings = {});

/// Examines a network on the first `images` samples of its calibration set.
NetworkTruth examine_run(const Experiment& experiment, const QuantizedNetwork& network,
                         std::int64_t images, const RunLog& log);

/// Runs a stage and adds its time to `seconds`.
template <typename Stage>
auto timed(double& seconds, const Stage& stage) {
  const auto begin = std::chrono::steady_clock::now();
  auto result = stage();
  seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace vernier
