#pragma once

#include <span>
#include <string_view>

#include "vernier/calib/calib_options.h"
#include "vernier/calib/stats.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// Turns statistics into the range that is kept. A pure function: no data, no model, no state.
/// `spec` is concrete: its sign is decided.
struct Calibrator {
  std::string_view name;
  std::string_view help;
  Range (*run)(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options);
};

std::span<const Calibrator> calibrators();

struct CalibratorSetting {
  Calibrator calibrator;
  CalibOptions options = {};
};

/// What is chosen how.
struct CalibratorSettings {
  CalibratorSetting weights;
  CalibratorSetting activations;
  CalibratorSetting inputs;  ///< activations that the network is given
};

// The calibrators. Only calibrator.cpp and the tests call them by name.
Range calibrate_minmax(const TensorStats& stats, const QuantSpec& spec,
                       const CalibOptions& options);
Range calibrate_ema_minmax(const TensorStats& stats, const QuantSpec& spec,
                           const CalibOptions& options);
Range calibrate_mean_minmax(const TensorStats& stats, const QuantSpec& spec,
                            const CalibOptions& options);
Range calibrate_quantile(const TensorStats& stats, const QuantSpec& spec,
                         const CalibOptions& options);
Range calibrate_percentile_hawq(const TensorStats& stats, const QuantSpec& spec,
                                const CalibOptions& options);
Range calibrate_mse(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options);
Range calibrate_kld(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options);
Range calibrate_aciq(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options);
Range calibrate_norm(const TensorStats& stats, const QuantSpec& spec, const CalibOptions& options);
Range calibrate_meanstd(const TensorStats& stats, const QuantSpec& spec,
                        const CalibOptions& options);
Range calibrate_power_of_two(const TensorStats& stats, const QuantSpec& spec,
                             const CalibOptions& options);

}  // namespace vernier
