#pragma once

#include "vernier/calib/calibrator.h"
#include "vernier/ir/quant_graph.h"

namespace vernier {

/// Chooses the parameters of every point: activations from `stats`, weights from the constants
/// themselves, channel by channel where the spec says so. Tied points get one set from their united
/// statistics. A point whose statistics are missing is an Error: the statistics belong to another
/// model.
QuantGraph calibrate(QuantGraph model, const Stats& stats, const CalibratorSettings& settings);

}  // namespace vernier
