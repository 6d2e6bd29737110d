#pragma once

namespace vernier {

/// The nearest integer, halves to even, of a float32 whose magnitude is below 2^22: adding
/// 1.5 * 2^23 leaves no bit for a fraction. Unlike nearbyint() it becomes a vector instruction on
/// every instruction set.
inline float round_by_addition(float x) {
  constexpr float no_fraction = 0x1.8p23F;
  return (x + no_fraction) - no_fraction;
}

}  // namespace vernier
