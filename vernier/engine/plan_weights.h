#pragma once

// How the weights of convolutions are stored. A panel holds those of 16 channels as quads: 64
// numbers, four neighbours of x for each channel.
//
// Weights of 4 bits are packed two to a byte, so that a load of 64 bytes gives two quads: of each
// byte the low half is a number of quad 2 * i, the high half that of quad 2 * i + 1, both in two's
// complement. An odd number of quads is followed by one of zeros: in each panel of Convolve, in the
// last one of ConvolveDepthwise, whose panels are small.

#include <array>
#include <cstdint>

#include "vernier/base/enum_names.h"

namespace vernier {

enum class WeightElement : std::uint8_t { s4, s8, s16 };
template <>
struct EnumNames<WeightElement> {
  static constexpr std::array<std::string_view, 3> names = {"s4", "s8", "s16"};
};

inline constexpr std::int64_t panel_channels = 16;
inline constexpr std::int64_t quad_weights = 4 * panel_channels;

inline std::int64_t panels_of(std::int64_t channels) {
  return (channels + panel_channels - 1) / panel_channels;
}

/// Bytes of a panel of so many quads, or of panels that follow each other.
inline std::int64_t panel_bytes(WeightElement element, std::int64_t quads) {
  if (element == WeightElement::s4) return (quads + 1) / 2 * quad_weights;
  return quads * quad_weights * (element == WeightElement::s16 ? 2 : 1);
}

}  // namespace vernier
