#include "vernier/data/image.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "vernier/base/error.h"
#include "vernier/base/files.h"

namespace vernier {
namespace {

using Bytes = std::span<const std::byte>;

std::size_t big_endian_16(Bytes bytes, std::size_t at) {
  return std::to_integer<std::size_t>(bytes[at]) << 8U |
         std::to_integer<std::size_t>(bytes[at + 1]);
}

// Frame headers are the markers C0 to CF without DHT (C4), JPG (C8) and DAC (CC).
bool starts_frame(std::size_t marker) {
  return marker >= 0xFFC0 && marker <= 0xFFCF && marker != 0xFFC4 && marker != 0xFFC8 &&
         marker != 0xFFCC;
}

// Markers that stand alone: TEM, RST0 to RST7, SOI, and FF00, which is no marker but a data byte.
bool has_no_segment(std::size_t marker) {
  return marker <= 0xFF01 || (marker >= 0xFFD0 && marker <= 0xFFD8);
}

// OpenCV repeats the last good row of a JPEG that is cut off and says nothing, so its markers are
// walked first (ITU-T T.81, annex B), up to the end of the image. Each block of 8x8 pixels takes
// at least one bit, which bounds the size that a frame header may announce.
std::optional<std::string> jpeg_damage(Bytes bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    const std::size_t marker = big_endian_16(bytes, at);
    if (marker < 0xFF00 || marker == 0xFFFF) {
      ++at;
    } else if (has_no_segment(marker)) {
      at += 2;
    } else if (marker == 0xFFD9) {
      return std::nullopt;
    } else if (starts_frame(marker) && at + 9 <= bytes.size() &&
               big_endian_16(bytes, at + 5) * big_endian_16(bytes, at + 7) / 512 > bytes.size()) {
      return fmt::format("announces {}x{} pixels, more than its {} bytes can hold",
                         big_endian_16(bytes, at + 5), big_endian_16(bytes, at + 7), bytes.size());
    } else {
      at += 2 + big_endian_16(bytes, at + 2);
    }
  }
  if (at + 2 <= bytes.size() && big_endian_16(bytes, bytes.size() - 2) == 0xFFD9)
    return std::nullopt;
  return "is cut off: the JPEG has no end marker";
}

// OpenCV would try many more formats, some through libraries that are not made for hostile files.
bool has_known_signature(Bytes bytes) {
  constexpr std::array<std::string_view, 10> signatures = {
      "\xFF\xD8\xFF", "\x89PNG\r\n", "RIFF", "BM", "P1", "P2", "P3", "P4", "P5", "P6"};
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return std::ranges::any_of(signatures, [&](auto each) { return text.starts_with(each); });
}

cv::Mat decode(const std::vector<std::byte>& bytes, const std::string& path) {
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U,
                         const_cast<std::byte*>(bytes.data()));  // NOLINT: only read
    return cv::imdecode(buffer, cv::IMREAD_COLOR | cv::IMREAD_IGNORE_ORIENTATION);
  } catch (const cv::Exception& exception) {
    fail("{}: cannot decode the image: {}", path, exception.what());
  }
}

}  // namespace

Picture blank_image(ImageSize size, std::int64_t channels, std::uint8_t fill) {
  if (size.height < 1 || size.width < 1 || size.height > most_pixels / size.width) {
    fail("an image of {}x{} pixels is asked for, expected sides from 1 and at most {} pixels",
         size.height, size.width, most_pixels);
  }
  const auto bytes = static_cast<std::size_t>(size.height * size.width * channels);
  return {size.height, size.width, channels, std::vector<std::uint8_t>(bytes, fill)};
}

Picture decode_image(const std::filesystem::path& path) {
  const std::vector<std::byte> bytes = read_file(path);
  if (bytes.size() > std::numeric_limits<int>::max())
    fail("{}: has {} bytes, too many for an image", path.string(), bytes.size());
  if (!has_known_signature(bytes))
    fail("{}: is no image, expected JPEG, PNG, WebP, BMP or PNM", path.string());
  if (big_endian_16(bytes, 0) == 0xFFD8) {
    if (const auto damage = jpeg_damage(bytes)) fail("{}: {}", path.string(), *damage);
  }
  const cv::Mat bgr = decode(bytes, path.string());
  if (bgr.empty()) fail("{}: the image is damaged", path.string());
  Picture image{.height = bgr.rows, .width = bgr.cols, .channels = 3};
  image.pixels.resize(bgr.total() * 3);
  cv::Mat rgb(bgr.rows, bgr.cols, CV_8UC3, image.pixels.data());
  cv::cvtColor(bgr, rgb, cv::COLOR_BGR2RGB);
  return image;
}

}  // namespace vernier
