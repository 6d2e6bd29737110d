#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "vernier/base/enum_names.h"

namespace vernier {

/// How halves are rounded. Not a detail: targets differ, and the last bit shows it.
/// half_even 2.5 -> 2, half_away -2.5 -> -3, half_up -2.5 -> -2.
enum class Rounding : std::uint8_t { half_even, half_away, half_up };
template <>
struct EnumNames<Rounding> {
  static constexpr std::array<std::string_view, 3> names = {"half_even", "half_away", "half_up"};
};

/// How many parameters one tensor has.
enum class Granularity : std::uint8_t { per_tensor, per_channel };
template <>
struct EnumNames<Granularity> {
  static constexpr std::array<std::string_view, 2> names = {"per_tensor", "per_channel"};
};

/// The integers that a quantized value may take, both ends included.
struct IntRange {
  std::int32_t lo = -128;
  std::int32_t hi = 127;

  std::int32_t steps() const { return hi - lo; }
  bool operator==(const IntRange&) const = default;
};

/// -2^(bits-1)..2^(bits-1)-1, one less at the low end when narrow; bits 2 to 16.
IntRange signed_range(int bits, bool narrow = false);
/// 0..2^bits-1.
IntRange unsigned_range(int bits);

/// What a target asks of one quantized tensor. Decided by the profile, never by an algorithm.
struct QuantSpec {
  IntRange range;
  bool symmetric =
      true;  ///< zero_point is the middle of a signed range (0), or the low end of an unsigned one
  /// A symmetric signed spec becomes the unsigned one of as many bits when the range has no
  /// negative part; decided with the range, after which the spec is concrete and this is false.
  bool adaptive_sign = false;
  bool power_of_two_scale = false;
  Rounding rounding = Rounding::half_even;
  Granularity granularity = Granularity::per_tensor;

  bool operator==(const QuantSpec&) const = default;
};

/// A real interval that a calibrator keeps.
struct Range {
  float lo = 0.0F;
  float hi = 0.0F;

  bool operator==(const Range&) const = default;
};

/// The affine map of one tensor or one channel: real = scale * (q - zero_point).
/// This sign and this direction hold in the whole code base; only exporters convert.
struct QuantParams {
  float scale = 1.0F;
  std::int32_t zero_point = 0;

  bool operator==(const QuantParams&) const = default;
};

}  // namespace vernier
