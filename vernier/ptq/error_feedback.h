#pragma once

#include <span>

#include "vernier/quant/quant_params.h"

namespace vernier {

/// Rounds a row of weights onto its grid so that what its sums lose is small rather than what its
/// weights lose. `factor`: see feedback_factor().
void round_with_feedback(std::span<float> row, std::span<const double> factor,
                         const QuantParams& params, const QuantSpec& spec);

/// Turns the covariance (its lower triangle) of what a row of `depth` weights is multiplied with
/// into the factor that rounding needs, in place.
void feedback_factor(std::span<double> covariance, std::size_t depth);

}  // namespace vernier
