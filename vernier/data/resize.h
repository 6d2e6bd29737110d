#pragma once

#include <cstdint>

#include "vernier/data/image.h"

namespace vernier {

enum class Filter : std::uint8_t { nearest, bilinear, bicubic, area };

/// The whole image in another size, in the bytes that OpenCV's `cv::resize` gives. Its bilinear and
/// bicubic (a = -0.75) look at 2x2 and 4x4 pixels however strong the reduction is.
Picture resize(const Picture& image, ImageSize size, Filter filter);

/// The same for `bilinear` and `bicubic` (a = -0.5), in the bytes that PIL's `Image.resize` gives
/// up to Pillow 12.3 (13.0 changed the order of the passes for some shapes): the filter widens with
/// the reduction, so that every pixel counts.
Picture resize_antialiased(const Picture& image, ImageSize size, Filter filter);

}  // namespace vernier
