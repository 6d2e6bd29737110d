// Integer arithmetic of TensorFlow Lite's reference kernels (tensorflow/lite/kernels/internal):
// QuantizeMultiplier in quantization_util.cc, MultiplyByQuantizedMultiplier in common.cc, of
// gemmlowp's SaturatingRoundingDoublingHighMul and RoundingDivideByPOT (gemmlowp,
// fixedpoint/fixedpoint.h), reference/integer_ops/add.h and pooling.h, reference/reduce.h. And of
// LiteRT, which has replaced TensorFlow Lite: reference/integer_ops/fully_connected.h.

#include "vernier/quant/tflite.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "vernier/base/error.h"

namespace vernier {
namespace {

constexpr int multiplier_bits = 31;
constexpr int least_exponent = -31;
constexpr int addition_bits = 20;

std::int32_t saturated(std::int64_t value) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(
      value, std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()));
}

constexpr OutputRange all_integers = {
    .zero_point = 0,
    .clamp = {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}};

}  // namespace

Requantizer make_tflite_requantizer(double ratio) {
  VERNIER_CHECK(ratio >= 0.0 && std::isfinite(ratio));
  int exponent = 0;
  const double fraction = std::frexp(ratio, &exponent);
  auto multiplier = static_cast<std::int64_t>(std::round(std::ldexp(fraction, multiplier_bits)));
  if (multiplier == std::int64_t{1} << multiplier_bits) {
    multiplier /= 2;
    ++exponent;
  }
  if (multiplier == 0 || exponent < least_exponent) return {};
  if (exponent >= multiplier_bits) {
    fail(
        "an input scale is {} times the output scale, more than the arithmetic 'tflite' can "
        "express; calibrate again",
        ratio);
  }
  return {.integer_multiplier = static_cast<std::int32_t>(multiplier),
          .shift = multiplier_bits - exponent};
}

std::int32_t multiply_twice_rounded(const Requantizer& requantizer, std::int32_t value) {
  const int up = std::max(multiplier_bits - requantizer.shift, 0);
  const int down = std::max(requantizer.shift - multiplier_bits, 0);
  const std::int64_t kept = saturated(std::int64_t{value} * (std::int64_t{1} << up));
  // gemmlowp rounds to the nearest and truncates, each with a case for negative products: together
  // they are half up.
  constexpr std::int64_t half = std::int64_t{1} << (multiplier_bits - 1);
  const std::int64_t high = (kept * requantizer.integer_multiplier + half) >> multiplier_bits;
  if (down == 0) return saturated(high);
  const std::int64_t away = (std::int64_t{1} << (down - 1)) - (high < 0 ? 1 : 0);
  return static_cast<std::int32_t>((high + away) >> down);
}

RescaledAddition make_rescaled_addition(float a_scale, float b_scale, float y_scale) {
  const double common = 2.0 * std::max(a_scale, b_scale);
  return {.a = make_tflite_requantizer(a_scale / common),
          .b = make_tflite_requantizer(b_scale / common),
          .y = make_tflite_requantizer(common / (std::ldexp(1.0, addition_bits) * y_scale))};
}

std::int32_t add_rescaled(Requantization arithmetic, const RescaledAddition& addition,
                          std::int32_t a, std::int32_t b, const OutputRange& output) {
  const auto raised = [&](const Requantizer& requantizer, std::int32_t integer) {
    const std::int32_t value = saturated(std::int64_t{integer} * (1 << addition_bits));
    return std::int64_t{requantize(arithmetic, requantizer, value, 0, all_integers)};
  };
  const std::int32_t sum = saturated(raised(addition.a, a) + raised(addition.b, b));
  return requantize(arithmetic, addition.y, sum, 0, output);
}

std::int32_t requantize_in_double(double ratio, std::int32_t sum, const OutputRange& output) {
  // Clamped before the conversion, which is undefined outside the integers.
  const double lo = output.clamp.lo - static_cast<double>(output.zero_point);
  const double hi = output.clamp.hi - static_cast<double>(output.zero_point);
  return static_cast<std::int32_t>(std::clamp(std::round(sum * ratio), lo, hi)) + output.zero_point;
}

std::int32_t rounded_quotient(std::int32_t sum, std::int32_t count) {
  const std::int64_t half = count / 2;
  return static_cast<std::int32_t>((sum + (sum > 0 ? half : -half)) / count);
}

Requantizer make_tflite_mean(float x_scale, float y_scale, std::int64_t count) {
  Requantizer mean = make_tflite_requantizer(static_cast<double>(x_scale) / y_scale);
  if (mean.integer_multiplier == 0) return mean;
  // As many bits as the count has, so that the multiplier keeps its own.
  const int room = 2 * multiplier_bits - mean.shift;
  const auto most = static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count))) - 1;
  const int bits = std::min(most, room);
  mean.integer_multiplier =
      static_cast<std::int32_t>((std::int64_t{mean.integer_multiplier} << bits) / count);
  mean.shift += bits;
  return mean;
}

}  // namespace vernier
