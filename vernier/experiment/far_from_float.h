#pragma once

#include <string>

#include "vernier/experiment/evaluate.h"
#include "vernier/experiment/examine.h"

namespace vernier {

/// A deployed network with less is no quantized form of its float network, whatever its accuracy on
/// the images at hand.
inline constexpr double least_sqnr_db = 10.0;
inline constexpr double least_agreement = 0.8;

/// Judged by the reading `deployed`; false where that was not asked for.
bool is_far_from_float(const Evaluation& evaluation);

/// How far, and the layers to blame.
std::string far_warning(const Evaluation& evaluation, const NetworkTruth& truth);

}  // namespace vernier
