#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

constexpr std::array table = {
    Architecture{"resnet18",
                 "ResNet-18 for ImageNet, 11.7 M parameters, 1814 M MAC; names of torchvision",
                 {1, 3, 224, 224},
                 build_resnet18},
    Architecture{"resnet50",
                 "ResNet-50 for ImageNet, 25.6 M parameters, 4089 M MAC; names of torchvision",
                 {1, 3, 224, 224},
                 build_resnet50},
    Architecture{"mobilenet_v2",
                 "MobileNetV2 for ImageNet, 3.5 M parameters, 301 M MAC; names of torchvision",
                 {1, 3, 224, 224},
                 build_mobilenet_v2},
    Architecture{"efficientnet_lite0",
                 "EfficientNet-Lite0 for ImageNet, 4.7 M parameters, 385 M MAC: no "
                 "squeeze-excite, ReLU6",
                 {1, 3, 224, 224},
                 build_efficientnet_lite0},
    Architecture{"regnetx_600mf",
                 "RegNetX-600MF for ImageNet, 6.2 M parameters, 601 M MAC; names of pycls",
                 {1, 3, 224, 224},
                 build_regnetx_600mf},
};

}  // namespace

std::span<const Architecture> architectures() { return table; }

Network build_network(const Architecture& architecture, std::uint64_t seed) {
  return architecture.build({architecture.input.begin(), architecture.input.end()}, seed);
}

}  // namespace vernier
