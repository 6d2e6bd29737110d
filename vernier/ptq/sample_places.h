#pragma once

#include <cstdint>
#include <vector>

#include "vernier/base/tensor.h"

namespace vernier {

/// Sums of a layer, [N, C, ...], are compared at this many places of an image at most: neighbours
/// tell little that is new, and 256 images have 8,192 places then.
inline constexpr std::int64_t most_places = 32;

/// Elements of one channel of one image.
std::int64_t plane_size(const Shape& shape);

/// Places in a plane, ascending: all, or one at random out of each of `most_places` equal
/// stretches, other ones for each image.
std::vector<std::int64_t> sample_places(std::int64_t plane, std::int64_t image);

}  // namespace vernier
