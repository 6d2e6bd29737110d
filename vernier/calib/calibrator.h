#pragma once

#include <span>
#include <string_view>

#include "vernier/calib/stats.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// Turns statistics into the range that is kept. A pure function: no data, no model, no state.
struct Calibrator {
  std::string_view name;
  std::string_view help;
  Range (*run)(const TensorStats& stats, const QuantSpec& spec);
};

std::span<const Calibrator> calibrators();

// The calibrators. Only calibrator.cpp and the tests call them by name.
Range calibrate_minmax(const TensorStats& stats, const QuantSpec& spec);

}  // namespace vernier
