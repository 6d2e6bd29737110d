#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "vernier/base/progress.h"
#include "vernier/data/dataset.h"
#include "vernier/experiment/evaluate.h"

namespace vernier {

/// How well a quantization point holds what the float network gives it.
struct PointTruth {
  std::string value;
  std::string calibrator;
  Similarity kept;           ///< the quantized value against the float one; of a weight: against
                             ///< that of the float network, whatever methods have made of it
  std::int64_t clipped = 0;  ///< elements that lie more than half a step outside
  std::int64_t used_codes = 0;
  std::int64_t codes = 0;  ///< that the point has, over all channels
};

/// What quantization does to the result of one node.
struct LayerTruth {
  std::string node;
  std::string type;
  Similarity alone;      ///< with its operands, weights and result quantized, and nothing else
  Similarity up_to;      ///< with all before it quantized too, in the reading `simulated`
  double drop_db = 0.0;  ///< SQNR that its worst operand still has, less that of its result
};

/// A concat or add whose operands must share one scale although their ranges differ widely.
struct SharedScale {
  std::string node;
  std::string value;     ///< the operand with the smallest range
  double ratio = 0.0;    ///< of the largest range to the smallest
  double loss_db = 0.0;  ///< SQNR that the operand would gain by a scale of its own (estimated: its
                         ///< nonzero elements would err by a twelfth of a squared step)
};

inline constexpr double wide_ratio = 8.0;

/// Everything is sorted, the worst first.
struct NetworkTruth {
  std::int64_t images = 0;
  std::vector<PointTruth> points;
  std::vector<LayerTruth> layers;
  std::vector<SharedScale> shared;
};

struct ExamineOptions {
  std::string weight_calibrator;  ///< as the configuration names them
  std::string input_calibrator;
  std::string activation_calibrator;
  Progress progress;
};

/// Runs the images through the float network, through the simulated one, and each node by itself on
/// float operands. The same result for any number of threads.
NetworkTruth examine(const QuantizedNetwork& network, const Dataset& images,
                     const ExamineOptions& options);

/// Nodes where most of the signal is lost, by `drop_db`.
std::vector<LayerTruth> most_to_blame(const NetworkTruth& truth, std::size_t count);

/// For people, and for scripts.
std::string truth_table(const NetworkTruth& truth);
std::string truth_json(const NetworkTruth& truth);

}  // namespace vernier
