// What the checks of several integer steps have in common.

#include <cmath>
#include <limits>
#include <vector>

#include "vernier/engine/verify.h"

namespace vernier {
namespace {

constexpr std::int32_t most_zero_point = 1 << 17;
constexpr float most_multiplier = 0x1p60F;

IntRange stored_range(Element element) {
  return element == Element::u8 ? IntRange{0, 255} : IntRange{-32768, 32767};
}

}  // namespace

void expect_integers(const Buffer& buffer, std::string_view what) {
  if (buffer.element == Element::f32) fail("{} is f32, expected integers", what);
}

void expect_range(IntRange range, const Buffer& buffer, std::string_view what) {
  const IntRange stored = stored_range(buffer.element);
  expect_between(range.lo, stored.lo, stored.hi, what);
  expect_between(range.hi, range.lo, stored.hi, what);
}

void expect_output(const OutputRange& output, const Buffer& buffer) {
  expect_integers(buffer, "y");
  expect_range(output.clamp, buffer, "output");
  expect_between(output.zero_point, -most_zero_point, most_zero_point, "output.zero_point");
}

void expect_zero_point(std::int32_t zero_point, std::string_view what) {
  expect_between(zero_point, -most_zero_point, most_zero_point, what);
}

void expect_multiplier(float multiplier) {
  expect(multiplier >= 0.0F && multiplier <= most_multiplier, "a multiplier is out of range");
}

void expect_multiplier(std::int32_t multiplier, Requantization arithmetic) {
  constexpr std::int32_t most_fixed16 = (1 << fixed16_multiplier_bits) - 1;
  const bool fixed16 = arithmetic == Requantization::fixed16;
  expect_between(multiplier, 0, fixed16 ? most_fixed16 : std::numeric_limits<std::int32_t>::max(),
                 "a multiplier");
}

void expect_shift(std::int32_t shift, Requantization arithmetic) {
  const IntRange range = arithmetic == Requantization::fixed16 ? fixed16_shifts : IntRange{0, 62};
  expect_between(shift, range.lo, range.hi, "a shift");
}

void expect_requantizer(const Requantizer& requantizer, Requantization arithmetic) {
  expect_multiplier(requantizer.multiplier);
  expect_multiplier(requantizer.addend_multiplier);
  expect_multiplier(requantizer.integer_multiplier, arithmetic);
  expect_multiplier(requantizer.integer_addend_multiplier, arithmetic);
  expect_shift(requantizer.shift, arithmetic);
}

void expect_affine(const AffineRounding& rounding) {
  expect(std::isfinite(rounding.factor) && std::isfinite(rounding.offset),
         "a rounding is not finite");
}

void expect_sizes(const ImageSizes& sizes) {
  for (const std::int64_t size : {sizes.images, sizes.rows, sizes.columns, sizes.channels}) {
    expect_between(size, 1, most_size, "sizes");
  }
}

void expect_image(const Image& image, const ImageSizes& sizes, const Buffer& buffer,
                  std::string_view what) {
  expect_inside(image.first,
                std::vector<Loop>{{sizes.images, image.image},
                                  {sizes.rows, image.row},
                                  {sizes.columns, image.column},
                                  {sizes.channels, image.channel}},
                buffer.size, what);
  if (buffer.element != Element::f32) expect(image.channel == 1, "channels are not neighbours");
}

void expect_work(std::int64_t elements, const Buffer& y) {
  expect(elements <= y.size, "the sizes are larger than the result");
}

std::int64_t product(const ImageSizes& sizes) {
  return bounded_product(bounded_product(sizes.images, sizes.rows),
                         bounded_product(sizes.columns, sizes.channels));
}

}  // namespace vernier
