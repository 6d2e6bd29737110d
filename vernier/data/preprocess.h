#pragma once

#include <cstdint>
#include <variant>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/data/image.h"
#include "vernier/data/resize.h"

namespace vernier {

/// The short side becomes `length`, the long one int(long * length / short), as in torchvision.
struct ShortSide {
  std::int64_t length = 0;
};

/// As YOLOX does it: r = min(H / h, W / w); the image in int(h r) x int(w r), at the top left of a
/// canvas of `size` that is filled with `fill`.
struct Letterbox {
  ImageSize size;
  std::uint8_t fill = 114;
};

struct ResizeStep {
  std::variant<ShortSide, ImageSize, Letterbox> to;
  Filter filter = Filter::bilinear;
  /// Bilinear and bicubic as PIL does them, else as OpenCV does. Nearest and area know no choice.
  bool antialias = true;
};

/// The centre of the image; an odd rest leaves its extra row or column at the bottom or right.
/// A crop larger than the image is an Error.
struct CropStep {
  ImageSize center;
};

enum class ChannelOrder : std::uint8_t { rgb, bgr, grey };

/// From grey to colour by repetition; from colour to grey as PIL does ("L"):
/// (19595 R + 38470 G + 7471 B + 32768) >> 16.
struct ChannelsStep {
  ChannelOrder order = ChannelOrder::rgb;
};

/// (x - mean) / std in float32, one value a channel, in the order that Channels left.
struct NormalizeStep {
  std::vector<float> mean;
  std::vector<float> std;
};

/// x * factor
struct ScaleStep {
  float factor = 1.0F;
};

using PreprocessStep = std::variant<ResizeStep, CropStep, ChannelsStep, NormalizeStep, ScaleStep>;

/// From decoded pixels to the input of a network. Resize, crop and channels act on bytes and
/// come first; Normalize and Scale act on floats.
struct Preprocess {
  std::vector<PreprocessStep> steps;
};

/// What can be wrong whatever the image is, as an Error: an image step after a float step, Channels
/// given twice, a size below 1, mean and std that are empty, differ in length, or std 0.
void verify(const Preprocess& preprocess);

/// The input of a network for one image: f32 [C,H,W]. Without float steps, the bytes as floats.
/// An Error if the steps do not fit: a crop larger than the image, the number of means.
Tensor apply(const Preprocess& preprocess, const Picture& image);

}  // namespace vernier
