#include "vernier/data/resize.h"

#include <opencv2/imgproc.hpp>

#include "vernier/base/error.h"

namespace vernier {
namespace {

int interpolation(Filter filter) {
  switch (filter) {
    case Filter::nearest:
      return cv::INTER_NEAREST;
    case Filter::bilinear:
      return cv::INTER_LINEAR;
    case Filter::bicubic:
      return cv::INTER_CUBIC;
    case Filter::area:
      return cv::INTER_AREA;
  }
  VERNIER_CHECK(false);
  return 0;
}

cv::Mat matrix(std::uint8_t* pixels, ImageSize size, std::int64_t channels) {
  return {static_cast<int>(size.height), static_cast<int>(size.width),
          CV_8UC(static_cast<int>(channels)), pixels};
}

}  // namespace

Picture resize(const Picture& image, ImageSize size, Filter filter) {
  Picture result = blank_image(size, image.channels);
  const cv::Mat source = matrix(const_cast<std::uint8_t*>(image.pixels.data()),  // NOLINT: read
                                image.size(), image.channels);
  cv::Mat target = matrix(result.pixels.data(), size, image.channels);
  cv::resize(source, target, target.size(), 0, 0, interpolation(filter));
  return result;
}

}  // namespace vernier
