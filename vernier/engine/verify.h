#pragma once

// Private to engine/: what `verify` checks a step with. Every function throws an Error that names
// the field; the caller puts the name of the step in front of it.

#include <initializer_list>
#include <span>
#include <string_view>

#include "vernier/base/error.h"
#include "vernier/engine/plan.h"

namespace vernier {

/// Beyond any network, and small enough that no sum of products below overflows.
inline constexpr std::int64_t most_elements = std::int64_t{1} << 35;
inline constexpr std::int64_t most_size = std::int64_t{1} << 31;

/// a * b, or most_size * most_size where that is exceeded; for numbers that are not negative.
inline std::int64_t bounded_product(std::int64_t a, std::int64_t b) {
  constexpr std::int64_t most = most_size * most_size;
  return a != 0 && b > most / a ? most : a * b;
}

inline void expect(bool condition, std::string_view what) {
  if (!condition) fail("{}", what);
}

inline void expect_between(std::int64_t value, std::int64_t lo, std::int64_t hi,
                           std::string_view what) {
  if (value < lo || value > hi) fail("{} is {}, expected {}..{}", what, value, lo, hi);
}

/// One loop: how often it runs, and how far each turn leads.
struct Loop {
  std::int64_t count = 1;
  std::int64_t stride = 0;
};

/// The loops, begun at `first`, must stay in a buffer of `size` elements.
inline void expect_inside(std::int64_t first, std::span<const Loop> loops, std::int64_t size,
                          std::string_view what) {
  expect_between(first, 0, size - 1, what);
  std::int64_t last = first;
  for (const Loop& loop : loops) {
    expect_between(loop.count, 1, most_size, what);
    expect_between(loop.stride, 0, most_size, what);
    last += (loop.count - 1) * loop.stride;
    if (last >= size) fail("{} reaches element {} of {}", what, last, size);
  }
}

/// A buffer that a step may read, or write.
const Buffer& readable(const Plan& plan, BufferId id, std::string_view what);
const Buffer& writable(const Plan& plan, BufferId id, std::string_view what);

/// `bytes` constants at `offset`, which must be aligned.
void expect_constants(const Plan& plan, std::int64_t offset, std::int64_t bytes,
                      std::string_view what);

// Parts of integer steps.
void expect_integers(const Buffer& buffer, std::string_view what);
/// Integers that the buffer can store.
void expect_range(IntRange range, const Buffer& buffer, std::string_view what);
void expect_output(const OutputRange& output, const Buffer& buffer);
void expect_zero_point(std::int32_t zero_point, std::string_view what);
/// Within the limits in which the kernels neither overflow nor meet an infinity.
void expect_multiplier(float multiplier);
/// The same for the integer arithmetics.
void expect_multiplier(std::int32_t multiplier, Requantization arithmetic);
void expect_shift(std::int32_t shift, Requantization arithmetic);
void expect_requantizer(const Requantizer& requantizer, Requantization arithmetic);
void expect_affine(const AffineRounding& rounding);
void expect_sizes(const ImageSizes& sizes);
void expect_image(const Image& image, const ImageSizes& sizes, const Buffer& buffer,
                  std::string_view what);
/// Bounds the work of a damaged plan by the size of the result.
void expect_work(std::int64_t elements, const Buffer& y);
std::int64_t product(const ImageSizes& sizes);

void verify_step(const Plan& plan, const Convolve& step);
void verify_step(const Plan& plan, const ConvolveDepthwise& step);
void verify_step(const Plan& plan, const Combine& step);
void verify_step(const Plan& plan, const Pool& step);
void verify_step(const Plan& plan, const Lookup& step);
void verify_step(const Plan& plan, const QuantizeStep& step);
void verify_step(const Plan& plan, const DequantizeStep& step);
void verify_step(const Plan& plan, const Rearrange& step);
void verify_step(const Plan& plan, const FillBorder& step);

void verify_step(const Plan& plan, const FloatUnary& step);
void verify_step(const Plan& plan, const FloatBinary& step);
void verify_step(const Plan& plan, const FloatConvolve& step);
void verify_step(const Plan& plan, const FloatProduct& step);
void verify_step(const Plan& plan, const FloatReduce& step);
void verify_step(const Plan& plan, const FloatSoftmax& step);
void verify_step(const Plan& plan, const FloatLocalResponse& step);
void verify_step(const Plan& plan, const FloatBatchNorm& step);
void verify_step(const Plan& plan, const FloatPool& step);
void verify_step(const Plan& plan, const FloatInterpolate& step);

/// Sizes, strides and pads of a window, and its number of taps.
void expect_window(const Window& window);

}  // namespace vernier
