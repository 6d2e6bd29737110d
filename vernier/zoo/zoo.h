#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "vernier/zoo/builder.h"

namespace vernier {

/// A network whose structure is known, so that a checkpoint of its parameters is enough.
struct Architecture {
  std::string_view name;
  std::string_view help;
  std::array<std::int64_t, 4> input;  ///< [N,C,H,W] that it was trained on
  /// With random weights: the same ones for the same seed. Checkpoints need no renaming.
  Network (*build)(const Shape& input, std::uint64_t seed);
};

std::span<const Architecture> architectures();

/// The architecture for the input that it was trained on.
Network build_network(const Architecture& architecture, std::uint64_t seed = 0);

// The architectures. Only zoo.cpp and the tests call them by name.
Network build_resnet18(const Shape& input, std::uint64_t seed);
Network build_resnet50(const Shape& input, std::uint64_t seed);
Network build_mobilenet_v2(const Shape& input, std::uint64_t seed);
Network build_efficientnet_lite0(const Shape& input, std::uint64_t seed);
Network build_regnetx_600mf(const Shape& input, std::uint64_t seed);

}  // namespace vernier
