#include "vernier/ptq/method.h"

#include <array>

namespace vernier {
namespace {

constexpr std::array table = {
    Method{"affine_correction",
           "a gain and a bias for each output channel, layer after layer, in closed form",
           affine_correction},
    Method{"bias_correction", "a bias for each output channel, layer after layer", bias_correction},
    Method{"bn_calibration",
           "mean and variance of unfolded batch normalization, on quantized inputs",
           bn_calibration},
    Method{"gptq", "weights rounded with error feedback, then affine_correction of each layer",
           gptq},
};

}  // namespace

std::span<const Method> methods() { return table; }

}  // namespace vernier
