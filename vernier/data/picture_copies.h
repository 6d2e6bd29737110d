#pragma once

// For tests: what people do to a picture before it turns up in two sets.

#include <utility>
#include <vector>

#include <opencv2/imgcodecs.hpp>

#include "vernier/data/image.h"
#include "vernier/data/resize.h"

namespace vernier {

/// OpenCV takes blue first.
inline void swap_red_and_blue(Picture& picture) {
  for (std::size_t i = 0; i + 2 < picture.pixels.size(); i += 3)
    std::swap(picture.pixels[i], picture.pixels[i + 2]);
}

/// Encoded as JPEG of this quality (0 to 100) and decoded again.
inline Picture as_jpeg(Picture picture, int quality) {
  swap_red_and_blue(picture);
  const cv::Mat pixels(static_cast<int>(picture.height), static_cast<int>(picture.width), CV_8UC3,
                       picture.pixels.data());
  std::vector<unsigned char> bytes;
  cv::imencode(".jpg", pixels, bytes, {cv::IMWRITE_JPEG_QUALITY, quality});
  const cv::Mat decoded = cv::imdecode(bytes, cv::IMREAD_COLOR);
  picture.pixels.assign(decoded.data, decoded.data + picture.pixels.size());
  swap_red_and_blue(picture);
  return picture;
}

inline Picture halved(const Picture& picture) {
  return resize_antialiased(picture, {picture.height / 2, picture.width / 2}, Filter::bilinear);
}

}  // namespace vernier
