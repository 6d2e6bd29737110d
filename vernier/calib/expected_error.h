#pragma once

#include <vector>

#include "vernier/calib/histogram.h"
#include "vernier/quant/quant_params.h"

namespace vernier {

/// A histogram as a density that is constant within a bin, made ready for many candidates. Lengths
/// are in bins: multiplying the data by a power of two changes `unit` and nothing else. Zeros are
/// not in it, because every quantizer keeps them.
struct BinDensity {
  double unit = 1.0;          ///< real width of a bin
  std::vector<double> edges;  ///< where the density changes; a multiple of 8, the last ones idle
  std::vector<double> drops;  ///< density before minus density behind each edge
  std::int64_t filled = 0;    ///< bins that hold anything
};

BinDensity density_of(const Histogram& histogram);

/// The sum of |x - Q(x)|^power over the elements, in units^power, for Q with the scale, zero point
/// and clamping that the quantizer will have. The integral over each bin is exact (for powers other
/// than 2 to about 1e-5), so no width of the integers is too fine for the bins; ties of rounding
/// have measure zero.
double expected_error(const BinDensity& density, const QuantParams& params, const QuantSpec& spec,
                      double power);

}  // namespace vernier
