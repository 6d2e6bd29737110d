#include "vernier/calib/calibrator.h"

#include <array>

namespace vernier {
namespace {

constexpr std::array table = {
    Calibrator{"minmax", "the whole observed range", calibrate_minmax},
    Calibrator{"ema_minmax", "extrema of batches, averaged with weights that fade",
               calibrate_ema_minmax},
    Calibrator{"mean_minmax", "the mean of the extrema of each image", calibrate_mean_minmax},
    Calibrator{"quantile", "magnitudes up to the 0.9999 quantile", calibrate_quantile},
    Calibrator{"percentile_hawq", "from one percentile to another, each side by itself",
               calibrate_percentile_hawq},
    Calibrator{"mse", "the range with the least expected error |x - Q(x)|^p", calibrate_mse},
    Calibrator{"kld", "the cut whose integers keep most of the information", calibrate_kld},
    Calibrator{"aciq", "the best cut of the Gauss or Laplace curve that fits", calibrate_aciq},
    Calibrator{"norm", "scale 2 E|x| / sqrt(q_max), where LSQ starts", calibrate_norm},
    Calibrator{"meanstd", "3 standard deviations around the mean (LSQ+, DSQ)", calibrate_meanstd},
    Calibrator{"power_of_two", "the power of two as scale that has the least squared error",
               calibrate_power_of_two},
};

}  // namespace

std::span<const Calibrator> calibrators() { return table; }

}  // namespace vernier
