#include "vernier/data/preprocess.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "vernier/base/error.h"
#include "vernier/base/overloaded.h"

namespace vernier {
namespace {

std::size_t row_bytes(const Picture& image) {
  return static_cast<std::size_t>(image.width * image.channels);
}

Picture resized(const Picture& image, ImageSize size, const ResizeStep& step) {
  if (size == image.size()) return image;
  const bool smooth = step.filter == Filter::bilinear || step.filter == Filter::bicubic;
  return smooth && step.antialias ? resize_antialiased(image, size, step.filter)
                                  : resize(image, size, step.filter);
}

ImageSize scaled_to(const ShortSide& target, const Picture& image) {
  if (image.height <= image.width)
    return {target.length, image.width * target.length / image.height};
  return {image.height * target.length / image.width, target.length};
}

ImageSize scaled_into(const Letterbox& box, const Picture& image) {
  const auto height = static_cast<double>(image.height);
  const auto width = static_cast<double>(image.width);
  const double ratio = std::min(static_cast<double>(box.size.height) / height,
                                static_cast<double>(box.size.width) / width);
  return {std::max(static_cast<std::int64_t>(height * ratio), std::int64_t{1}),
          std::max(static_cast<std::int64_t>(width * ratio), std::int64_t{1})};
}

Picture letterboxed(const Picture& image, const Letterbox& box, const ResizeStep& step) {
  const Picture inner = resized(image, scaled_into(box, image), step);
  Picture canvas = blank_image(box.size, image.channels, box.fill);
  for (std::int64_t row = 0; row < inner.height; ++row) {
    std::copy_n(inner.pixels.begin() + row * inner.width * inner.channels, row_bytes(inner),
                canvas.pixels.begin() + row * canvas.width * canvas.channels);
  }
  return canvas;
}

Picture transformed(const Picture& image, const ResizeStep& step) {
  return std::visit(
      Overloaded{
          [&](const ShortSide& side) { return resized(image, scaled_to(side, image), step); },
          [&](const ImageSize& size) { return resized(image, size, step); },
          [&](const Letterbox& box) { return letterboxed(image, box, step); },
      },
      step.to);
}

Picture transformed(const Picture& image, const CropStep& step) {
  const ImageSize size = step.center;
  if (size.height > image.height || size.width > image.width) {
    fail("crop {}x{} is larger than the image, {}x{}; resize it first", size.height, size.width,
         image.height, image.width);
  }
  Picture result = blank_image(size, image.channels);
  const std::int64_t top = (image.height - size.height) / 2;
  const std::int64_t left = (image.width - size.width) / 2;
  for (std::int64_t row = 0; row < size.height; ++row) {
    std::copy_n(image.pixels.begin() + ((top + row) * image.width + left) * image.channels,
                row_bytes(result), result.pixels.begin() + row * size.width * image.channels);
  }
  return result;
}

std::uint8_t luma(const std::uint8_t* rgb) {
  return static_cast<std::uint8_t>((19595 * rgb[0] + 38470 * rgb[1] + 7471 * rgb[2] + 32768) >> 16);
}

Picture transformed(const Picture& image, const ChannelsStep& step) {
  const std::int64_t channels = step.order == ChannelOrder::grey ? 1 : 3;
  Picture result = blank_image(image.size(), channels);
  const bool source_is_grey = image.channels == 1;
  const std::uint8_t* source = image.pixels.data();
  for (auto target = result.pixels.begin(); target != result.pixels.end(); target += channels) {
    if (channels == 1) {
      *target = source_is_grey ? *source : luma(source);
    } else if (source_is_grey) {
      std::fill_n(target, 3, *source);
    } else if (step.order == ChannelOrder::bgr) {
      std::reverse_copy(source, source + 3, target);
    } else {
      std::copy_n(source, 3, target);
    }
    source += image.channels;
  }
  return result;
}

Tensor to_tensor(const Picture& image) {
  Tensor tensor(DType::f32, {image.channels, image.height, image.width});
  const auto channels = static_cast<std::size_t>(image.channels);
  auto target = tensor.edit<float>().begin();
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (std::size_t i = channel; i < image.pixels.size(); i += channels)
      *target++ = static_cast<float>(image.pixels[i]);
  }
  return tensor;
}

void transform(Tensor& tensor, const NormalizeStep& step) {
  const auto channels = static_cast<std::size_t>(tensor.shape()[0]);
  if (step.mean.size() != channels)
    fail("normalize has {} means, the image has {} channels", step.mean.size(), channels);
  const std::span<float> values = tensor.edit<float>();
  const std::size_t plane = values.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    for (float& value : values.subspan(channel * plane, plane))
      value = (value - step.mean[channel]) / step.std[channel];
  }
}

void transform(Tensor& tensor, const ScaleStep& step) {
  for (float& value : tensor.edit<float>()) value *= step.factor;
}

void verify_size(std::string_view step, ImageSize size) {
  if (std::min(size.height, size.width) < 1 || std::max(size.height, size.width) > most_pixels)
    fail("preprocess: {} to {}x{} pixels, expected sides from 1", step, size.height, size.width);
}

void verify_step(const ResizeStep& step) {
  std::visit(Overloaded{
                 [](const ShortSide& side) { verify_size("resize", {side.length, side.length}); },
                 [](const ImageSize& size) { verify_size("resize", size); },
                 [](const Letterbox& box) { verify_size("letterbox", box.size); },
             },
             step.to);
}

void verify_step(const CropStep& step) { verify_size("crop", step.center); }

void verify_step(const ChannelsStep& /*step*/) {}

void verify_step(const NormalizeStep& step) {
  if (step.mean.empty() || step.mean.size() != step.std.size()) {
    fail("preprocess: normalize has {} means and {} stds, expected as many of both, one a channel",
         step.mean.size(), step.std.size());
  }
  for (const float std : step.std) {
    if (!(std > 0.0F) || std::isinf(std))
      fail("preprocess: normalize has the std {}, expected a number above 0", std);
  }
}

void verify_step(const ScaleStep& step) {
  if (!std::isfinite(step.factor) || step.factor == 0.0F)
    fail("preprocess: scale by {}, expected a number other than 0", step.factor);
}

bool is_float_step(const PreprocessStep& step) {
  return std::holds_alternative<NormalizeStep>(step) || std::holds_alternative<ScaleStep>(step);
}

}  // namespace

void verify(const Preprocess& preprocess) {
  if (!std::ranges::is_partitioned(preprocess.steps,
                                   [](const PreprocessStep& s) { return !is_float_step(s); }))
    fail("preprocess: resize, crop and channels must come before normalize and scale");
  if (std::ranges::count_if(preprocess.steps, [](const PreprocessStep& step) {
        return std::holds_alternative<ChannelsStep>(step);
      }) > 1)
    fail("preprocess: channels is given twice, expected once");
  for (const PreprocessStep& step : preprocess.steps)
    std::visit([](const auto& each) { verify_step(each); }, step);
}

Tensor apply(const Preprocess& preprocess, const Picture& image) {
  verify(preprocess);
  Picture pixels = image;
  for (const PreprocessStep& step : preprocess.steps) {
    std::visit(
        [&](const auto& each) {
          if constexpr (requires { transformed(pixels, each); }) pixels = transformed(pixels, each);
        },
        step);
  }
  Tensor tensor = to_tensor(pixels);
  for (const PreprocessStep& step : preprocess.steps) {
    std::visit(
        [&](const auto& each) {
          if constexpr (requires { transform(tensor, each); }) transform(tensor, each);
        },
        step);
  }
  return tensor;
}

}  // namespace vernier
