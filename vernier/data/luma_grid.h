#pragma once

#include <array>
#include <cstdint>

#include "vernier/data/image.h"

namespace vernier {

/// Mean luma of 8x8 equal parts of a picture: what re-encoding and resizing leave as it is.
using LumaGrid = std::array<std::uint8_t, 64>;

/// Of three channels the luma of their means, each rounded; else the mean of the first channel.
LumaGrid luma_grid(const Picture& picture);

}  // namespace vernier
