#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "vernier/base/progress.h"
#include "vernier/calib/batches.h"
#include "vernier/data/dataset.h"
#include "vernier/engine/plan.h"
#include "vernier/experiment/runtime.h"
#include "vernier/ir/quant_graph.h"
#include "vernier/metrics/metric.h"
#include "vernier/quant/similarity.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// One network in its four forms (docs/conventions.md).
struct QuantizedNetwork {
  Graph float_graph;
  QuantGraph model;                  ///< with parameters
  IntegerGraph integers;             ///< lower(model)
  std::shared_ptr<const Plan> plan;  ///< compile_plan(integers)
};

/// The word in metrics.json and on the command line (`--as`). `runtime` is what a runtime that is
/// not ours has computed from an exported file; it goes by the runtime's name.
enum class Reading : std::uint8_t { floating, simulated, exact, deployed, runtime };
template <>
struct EnumNames<Reading> {
  static constexpr std::array<std::string_view, 5> names = {"float", "simulated", "exact",
                                                            "deployed", "runtime"};
};

/// What one reading gave on a set of images. "Prediction": the position of the largest element of
/// the first output.
struct ReadingResult {
  Reading reading = Reading::floating;
  std::optional<Share> accuracy;           ///< by the metric; none without labels
  std::int64_t differing_predictions = 0;  ///< from float
  Similarity against_float;                ///< over all elements of all outputs
  double seconds = 0.0;                    ///< of computing, summed over the threads
};

/// How far two readings are apart.
struct ParityResult {
  Reading left = Reading::floating;
  Reading right = Reading::floating;
  std::int64_t outputs = 0;
  std::int64_t differing_outputs = 0;  ///< elements whose bits differ
  double largest_difference_steps =
      0.0;  ///< in steps of the output's integers; of a float output in 1/255 of its range
  std::int64_t differing_predictions = 0;
  std::optional<std::int64_t> first_image = {};  ///< the first one with an output that differs
};

struct Evaluation {
  std::int64_t images = 0;
  std::vector<ReadingResult>
      results;  ///< in the order of the readings asked for; float first, always
  std::vector<ParityResult> parity;  ///< simulated / exact, exact / deployed, deployed / runtime,
                                     ///< as far as there are both
  std::optional<RuntimeReport> runtime;
};

/// The name of a reading, which for `runtime` is that of the runtime.
std::string reading_name(const Evaluation& evaluation, Reading reading);

struct EvaluateOptions {
  std::vector<Reading> readings = {Reading::floating, Reading::simulated, Reading::exact,
                                   Reading::deployed};
  const Metric* metric = nullptr;       ///< none: labels are not looked at
  const RuntimeRun* runtime = nullptr;  ///< over the same images; then it is a reading too
  /// Of the float graph on this set, as far as they are known; the others are entered. None: nobody
  /// knows or wants them.
  BatchOutputs* float_outputs = nullptr;
  Progress progress;
};

/// Runs every reading over the set in one pass, image by image side by side. The same result for
/// any number of threads.
Evaluation evaluate(const QuantizedNetwork& network, const Dataset& dataset,
                    const EvaluateOptions& options);

}  // namespace vernier
