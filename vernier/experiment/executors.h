#pragma once

// Private to evaluate.cpp: what computes the readings.

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "vernier/calib/simulate.h"
#include "vernier/compute/session.h"
#include "vernier/engine/engine.h"
#include "vernier/experiment/evaluate.h"

namespace vernier {

inline constexpr std::size_t reading_count = EnumNames<Reading>::names.size();

inline std::size_t index(Reading reading) { return static_cast<std::size_t>(reading); }

/// The executors of all readings that are asked for, each worker with its own.
class Executors {
 public:
  /// Refers to all three.
  Executors(const QuantizedNetwork& network, std::span<const Reading> readings,
            const EvaluateOptions& options);

  /// The outputs for a batch of `natural_batch`.
  std::vector<Tensor> run(Reading reading, const Batch& batch, int worker);
  /// Of computing, summed over the workers; of a runtime, what it took.
  double seconds(Reading reading) const;

 private:
  struct Worker {
    std::optional<Session> floating;
    std::optional<Session> simulated;
    std::optional<Engine> deployed;
    std::array<double, reading_count> seconds{};
  };

  std::vector<Tensor> compute(Reading reading, const Batch& batch, Worker& worker);
  std::vector<Tensor> run_float(const Batch& batch, Worker& worker);

  const QuantizedNetwork& network_;
  const EvaluateOptions& options_;
  Simulation simulation_;
  std::vector<Worker> workers_;
};

}  // namespace vernier
