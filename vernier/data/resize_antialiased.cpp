// Resampling as PIL does it, to the byte. A pixel of the result is a weighted mean of the source
// pixels under a filter that is centred on it and, in a reduction, as wide as the reduction:
//
//   scale  = source / target                  stretch = max(scale, 1)
//   centre = (x + 0.5) * scale                taps: round(centre -+ radius * stretch), clipped
//   weight = filter((tap + 0.5 - centre) / stretch), normalised to the sum 1
//
// The weights are rounded to 22 fractional bits (the 32 of a sum, less 8 for the pixel and 2 for
// the overshoot of the cubic), rows are resampled first, then columns, and each pass rounds and
// clips to a byte. A pass that changes no size is left out.
//
// That is Pillow up to 12.3. Pillow 13.0 takes the columns first for some shapes, often where a
// reduction in height meets an enlargement in width, and then some bytes differ a little.
//
// Source: Pillow, src/libImaging/Resample.c; the cubic is Keys, IEEE ASSP 29(6), 1981, a = -0.5.

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/data/resize.h"

namespace vernier {
namespace {

constexpr int fraction_bits = 32 - 8 - 2;
constexpr std::int32_t half = 1 << (fraction_bits - 1);

struct Kernel {
  double radius;
  double (*weight)(double distance);
};

double triangle(double distance) { return std::max(0.0, 1.0 - std::abs(distance)); }

double cubic(double distance) {
  constexpr double a = -0.5;
  const double x = std::abs(distance);
  if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
  return 0.0;
}

// What one pixel of the result takes from a row or column: weights[k] of source pixel first + k.
struct Taps {
  std::int64_t first;
  std::vector<std::int32_t> weights;
};

std::vector<std::int32_t> fixed_point(std::span<const double> weights) {
  double sum = 0.0;
  for (const double weight : weights) sum += weight;
  std::vector<std::int32_t> fixed;
  for (const double weight : weights)
    fixed.push_back(static_cast<std::int32_t>(std::lround(weight / sum * (1 << fraction_bits))));
  return fixed;
}

std::int64_t rounded(double x) { return static_cast<std::int64_t>(std::floor(x + 0.5)); }

std::vector<Taps> taps_of(std::int64_t source, std::int64_t target, const Kernel& kernel) {
  const double scale = static_cast<double>(source) / static_cast<double>(target);
  const double stretch = std::max(scale, 1.0);
  const double inverse = 1.0 / stretch;
  std::vector<Taps> taps;
  std::vector<double> weights;
  for (std::int64_t x = 0; x < target; ++x) {
    const double centre = (static_cast<double>(x) + 0.5) * scale;
    const double reach = kernel.radius * stretch;
    const auto begin = std::max(rounded(centre - reach), std::int64_t{0});
    const auto end = std::min(rounded(centre + reach), source);
    weights.clear();
    for (std::int64_t tap = begin; tap < end; ++tap)
      weights.push_back(kernel.weight((static_cast<double>(tap) - centre + 0.5) * inverse));
    taps.push_back({begin, fixed_point(weights)});
  }
  return taps;
}

std::uint8_t to_byte(std::int32_t sum) {
  return static_cast<std::uint8_t>(std::clamp(sum >> fraction_bits, 0, 255));
}

void resample_row(std::span<const std::uint8_t> source, std::span<std::uint8_t> target,
                  std::span<const Taps> taps) {
  const std::size_t channels = target.size() / taps.size();
  for (std::size_t x = 0; x < taps.size(); ++x) {
    for (std::size_t channel = 0; channel < channels; ++channel) {
      const std::uint8_t* pixel =
          &source[static_cast<std::size_t>(taps[x].first) * channels + channel];
      std::int32_t sum = half;
      for (std::size_t k = 0; k < taps[x].weights.size(); ++k)
        sum += taps[x].weights[k] * pixel[k * channels];
      target[x * channels + channel] = to_byte(sum);
    }
  }
}

Picture resample_rows(const Picture& image, std::int64_t width, const Kernel& kernel) {
  Picture result = blank_image({image.height, width}, image.channels);
  const std::vector<Taps> taps = taps_of(image.width, width, kernel);
  const auto row_bytes = static_cast<std::size_t>(image.width * image.channels);
  const auto result_bytes = static_cast<std::size_t>(width * image.channels);
  for (std::size_t row = 0; row < static_cast<std::size_t>(image.height); ++row) {
    resample_row(std::span(image.pixels).subspan(row * row_bytes, row_bytes),
                 std::span(result.pixels).subspan(row * result_bytes, result_bytes), taps);
  }
  return result;
}

Picture resample_columns(const Picture& image, std::int64_t height, const Kernel& kernel) {
  Picture result = blank_image({height, image.width}, image.channels);
  const auto row_bytes = static_cast<std::size_t>(image.width * image.channels);
  std::vector<std::int32_t> sums(row_bytes);
  auto target = result.pixels.begin();
  for (const Taps& taps : taps_of(image.height, height, kernel)) {
    std::ranges::fill(sums, half);
    const std::uint8_t* pixel = &image.pixels[static_cast<std::size_t>(taps.first) * row_bytes];
    for (const std::int32_t weight : taps.weights) {
      for (std::size_t i = 0; i < row_bytes; ++i) sums[i] += weight * pixel[i];
      pixel += row_bytes;
    }
    target = std::ranges::transform(sums, target, to_byte).out;
  }
  return result;
}

}  // namespace

Picture resize_antialiased(const Picture& image, ImageSize size, Filter filter) {
  VERNIER_CHECK(filter == Filter::bilinear || filter == Filter::bicubic);
  const Kernel kernel = filter == Filter::bilinear ? Kernel{1.0, triangle} : Kernel{2.0, cubic};
  Picture result = image;
  if (size.width != image.width) result = resample_rows(result, size.width, kernel);
  if (size.height != image.height) result = resample_columns(result, size.height, kernel);
  return result;
}

}  // namespace vernier
