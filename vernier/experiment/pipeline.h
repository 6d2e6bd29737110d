#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/base/progress.h"
#include "vernier/experiment/config.h"
#include "vernier/experiment/evaluate.h"
#include "vernier/experiment/float_outputs.h"

namespace vernier {

/// Where a run says what it does. The library never prints.
struct RunLog {
  std::function<void(const std::string& line)> line;
  std::function<Progress(std::string_view stage)> progress;
};

/// What runs over the same sets have in common; it is opened and computed by the first of them.
struct CommonWork {
  std::filesystem::path statistics;  ///< the file
  std::optional<Dataset> calibration = {};
  std::optional<Dataset> validation = {};
  FloatOutputs float_outputs = {};  ///< for the validation set
};

struct RunOptions {
  std::filesystem::path folder;  ///< of the run; made when absent
  std::vector<Reading> readings = {Reading::floating, Reading::simulated, Reading::exact,
                                   Reading::deployed};
  std::string command;           ///< as the user typed it, for metrics.json
  std::string runtime = {};      ///< run_test: a runtime to run the exported file in; empty: none
  CommonWork* common = nullptr;  ///< none: statistics are the folder's stats.bin
};

/// Seconds of each stage, as metrics.json has them.
struct Seconds {
  double import = 0.0;
  double collect = 0.0;
  double decide = 0.0;
  double methods = 0.0;
  double evaluate = 0.0;
};

/// What a run is to be blamed for, although it was done.
struct RunOutcome {
  std::optional<Evaluation> evaluation;  ///< on the validation set, if there is one
  std::int64_t leaked_images = 0;        ///< of the validation set, which calibration saw too
  bool far_from_float = false;  ///< see far_from_float.h; the log names the layers to blame
};

/// So many calibration images show what is wrong with a network.
inline constexpr std::int64_t examined_images = 16;

/// Quantizes after training: from the model to a run folder with config.yaml, stats.bin,
/// calibration.bin (who the calibration samples are), qparams.json, model.plan, what `export` asks
/// for, metrics.json and log.txt, and a table of the readings in the log. Statistics that are there
/// and belong to the same graph and data are taken as they are. A model with operators that nobody
/// can run is an Error before any work is done.
RunOutcome run_ptq(const Experiment& experiment, const RunOptions& options, const RunLog& log);

/// Evaluates the quantized network of a run folder again, without calibration, and rewrites its
/// metrics.json.
RunOutcome run_test(const RunOptions& options, const std::vector<std::string>& settings,
                    const RunLog& log);

/// The four forms of a quantized model.
QuantizedNetwork make_network(Graph float_graph, QuantGraph model);

}  // namespace vernier
