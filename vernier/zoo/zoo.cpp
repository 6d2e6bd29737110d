#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

constexpr std::array table = {
    Architecture{"efficientnet_lite0",
                 "EfficientNet-Lite0 for ImageNet, 4.7 M parameters, 385 M MAC: no "
                 "squeeze-excite, ReLU6",
                 {1, 3, 224, 224},
                 build_efficientnet_lite0},
};

}  // namespace

std::span<const Architecture> architectures() { return table; }

Network build_network(const Architecture& architecture, std::uint64_t seed) {
  return architecture.build({architecture.input.begin(), architecture.input.end()}, seed);
}

}  // namespace vernier
