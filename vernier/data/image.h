#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace vernier {

struct ImageSize {
  std::int64_t height = 0;
  std::int64_t width = 0;

  bool operator==(const ImageSize&) const = default;
};

/// 8-bit pixels, row by row from the top left, the channels of a pixel side by side (HWC).
/// One channel is grey; three are red, green, blue unless a preprocessing step says otherwise.
struct Picture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;
  std::vector<std::uint8_t> pixels = {};

  ImageSize size() const { return {height, width}; }
  bool operator==(const Picture&) const = default;
};

/// The largest image that is made: a typing error in a config, or an image one pixel wide that is
/// scaled by its short side, must not take the memory.
inline constexpr std::int64_t most_pixels = std::int64_t{1} << 26U;

/// An image of one value. A side below 1, or more than `most_pixels`, is an Error.
Picture blank_image(ImageSize size, std::int64_t channels, std::uint8_t fill = 0);

/// Decodes JPEG, PNG, WebP, BMP or PNM into three channels as `PIL.Image.open(path)
/// .convert("RGB")` does: grey is repeated, alpha is dropped, CMYK is converted, the EXIF
/// orientation is ignored. A file that is missing, cut off or no image is an Error with its path.
Picture decode_image(const std::filesystem::path& path);

}  // namespace vernier
