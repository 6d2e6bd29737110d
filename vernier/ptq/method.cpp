#include "vernier/ptq/method.h"

#include <array>

namespace vernier {
namespace {

constexpr std::array table = {
    Method{"affine_correction",
           "a gain and a bias for each output channel, layer after layer, in closed form",
           affine_correction},
    Method{"bias_correction", "a bias for each output channel, layer after layer", bias_correction},
};

}  // namespace

std::span<const Method> methods() { return table; }

}  // namespace vernier
