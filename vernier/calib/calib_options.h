#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "vernier/base/enum_names.h"

namespace vernier {

/// Whose released code a calibrator follows where it differs from the paper. A calibrator that
/// knows nothing of that code stays with the paper.
enum class Compat : std::uint8_t { paper, mqbench, mqbench_dsq, ncnn, easyquant };
template <>
struct EnumNames<Compat> {
  static constexpr std::array<std::string_view, 5> names = {"paper", "mqbench", "mqbench_dsq",
                                                            "ncnn", "easyquant"};
};

/// Every knob of every calibrator (docs/calibrators.md); each reads its own and no other.
struct CalibOptions {
  std::int64_t batch = 1;     ///< ema_minmax, mean_minmax: images whose extrema count as one
  double ema_momentum = 0.9;  ///< ema_minmax: what stays of the average at each batch
  double quantile = 0.9999;   ///< quantile, percentile_hawq: share of the elements that is kept
  double power = 2.0;         ///< mse: p of |error|^p
  int sides = 2;              ///< mse: 1 shrinks both ends alike, 2 each by itself
  int candidates = 100;       ///< mse: factors 1, 0.99, ... that are tried for both ends alike
  double sigma = 3.0;         ///< meanstd: standard deviations on either side
  int bins = 2048;            ///< kld: of the histogram of magnitudes
  Compat compat = Compat::paper;

  bool operator==(const CalibOptions&) const = default;
};

/// Calls field(name, member, least, most) for every knob, under its YAML name.
void calib_option_fields(auto&& field) {
  field("batch", &CalibOptions::batch, 1, 1'000'000);
  field("ema_momentum", &CalibOptions::ema_momentum, 0.0, 1.0);
  field("quantile", &CalibOptions::quantile, 0.5, 1.0);
  field("power", &CalibOptions::power, 0.5, 8.0);
  field("sides", &CalibOptions::sides, 1, 2);
  field("candidates", &CalibOptions::candidates, 1, 100);
  field("sigma", &CalibOptions::sigma, 0.1, 100.0);
  field("bins", &CalibOptions::bins, 64, 8192);
}

}  // namespace vernier
