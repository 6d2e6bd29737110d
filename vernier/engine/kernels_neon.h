#pragma once

// Private to engine/: from sums to what is stored, sixteen channels at a time, and how a part of a
// convolution is cut into blocks and tiles, for the kernels on NEON.

#if defined(__aarch64__)

#include <arm_neon.h>

#include <cstdint>
#include <cstring>

#include "vernier/engine/kernels.h"

#define VERNIER_NEON_INLINE [[gnu::always_inline]] inline

namespace vernier {

// ---- From sums to stored integers.

/// One number for each of four channels, as the arithmetic has them; floats by their bits.
struct FourMultipliers {
  int32x4_t sum;
  int32x4_t addend;
  int32x4_t shift;
};

/// Sixteen numbers of 32 bits.
struct Sixteen {
  int32x4_t lanes[4];
};

VERNIER_NEON_INLINE Sixteen load_sixteen(const std::int32_t* data) {
  return {{vld1q_s32(data), vld1q_s32(data + 4), vld1q_s32(data + 8), vld1q_s32(data + 12)}};
}

VERNIER_NEON_INLINE Sixteen widened_bytes(uint8x16_t bytes, std::int32_t zero_point) {
  const uint16x8_t low = vmovl_u8(vget_low_u8(bytes));
  const uint16x8_t high = vmovl_high_u8(bytes);
  const int32x4_t zero = vdupq_n_s32(zero_point);
  return {{vsubq_s32(vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(low))), zero),
           vsubq_s32(vreinterpretq_s32_u32(vmovl_high_u16(low)), zero),
           vsubq_s32(vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(high))), zero),
           vsubq_s32(vreinterpretq_s32_u32(vmovl_high_u16(high)), zero)}};
}

/// Rounded and saturated to 32 bits, without zero point and clamp.
template <bool Addend>
VERNIER_NEON_INLINE int32x4_t requantized_float(int32x4_t sum, int32x4_t addend,
                                                const FourMultipliers& m) {
  float32x4_t value = vmulq_f32(vcvtq_f32_s32(sum), vreinterpretq_f32_s32(m.sum));
  if constexpr (Addend) {
    value = vaddq_f32(value, vmulq_f32(vcvtq_f32_s32(addend), vreinterpretq_f32_s32(m.addend)));
  }
  return vcvtnq_s32_f32(value);
}

template <bool Addend>
VERNIER_NEON_INLINE int32x4_t requantized_integer(int32x4_t sum, int32x4_t addend,
                                                  const FourMultipliers& m) {
  int64x2_t low = vmull_s32(vget_low_s32(sum), vget_low_s32(m.sum));
  int64x2_t high = vmull_high_s32(sum, m.sum);
  if constexpr (Addend) {
    low = vmlal_s32(low, vget_low_s32(addend), vget_low_s32(m.addend));
    high = vmlal_high_s32(high, addend, m.addend);
  }
  const int32x4_t left = vnegq_s32(m.shift);
  low = vrshlq_s64(low, vmovl_s32(vget_low_s32(left)));
  high = vrshlq_s64(high, vmovl_high_s32(left));
  return vqmovn_high_s64(vqmovn_s64(low), high);
}

/// Whether requantized4 has this arithmetic.
inline bool requantizes_fours(Requantization arithmetic) {
  return arithmetic == Requantization::floating || arithmetic == Requantization::dyadic ||
         arithmetic == Requantization::shift;
}

template <bool Addend>
VERNIER_NEON_INLINE int32x4_t requantized4(Requantization arithmetic, int32x4_t sum,
                                           int32x4_t addend, const FourMultipliers& m) {
  return arithmetic == Requantization::floating ? requantized_float<Addend>(sum, addend, m)
                                                : requantized_integer<Addend>(sum, addend, m);
}

/// The same multipliers for all channels.
inline FourMultipliers four_multipliers(Requantization arithmetic, const Requantizer& r) {
  if (arithmetic == Requantization::floating) {
    return {vreinterpretq_s32_f32(vdupq_n_f32(r.multiplier)),
            vreinterpretq_s32_f32(vdupq_n_f32(r.addend_multiplier)), vdupq_n_s32(0)};
  }
  return {vdupq_n_s32(r.integer_multiplier), vdupq_n_s32(r.integer_addend_multiplier),
          vdupq_n_s32(r.shift)};
}

struct StoredRange {
  int32x4_t zero_point;
  uint8x16_t lo;
  uint8x16_t hi;
};

inline StoredRange stored_range(const OutputRange& output) {
  return {vdupq_n_s32(output.zero_point), vdupq_n_u8(static_cast<std::uint8_t>(output.clamp.lo)),
          vdupq_n_u8(static_cast<std::uint8_t>(output.clamp.hi))};
}

// Every step keeps the order of values: what saturates here lies outside of the clamp anyway.
VERNIER_NEON_INLINE uint8x16_t stored_bytes(const Sixteen& values, const StoredRange& range) {
  const auto* v = values.lanes;
  const int16x8_t low = vqmovn_high_s32(vqmovn_s32(vqaddq_s32(v[0], range.zero_point)),
                                        vqaddq_s32(v[1], range.zero_point));
  const int16x8_t high = vqmovn_high_s32(vqmovn_s32(vqaddq_s32(v[2], range.zero_point)),
                                         vqaddq_s32(v[3], range.zero_point));
  return vminq_u8(vmaxq_u8(vqmovun_high_s16(vqmovun_s16(low), high), range.lo), range.hi);
}

VERNIER_NEON_INLINE void store_bytes(std::uint8_t* y, uint8x16_t bytes, std::int64_t count) {
  if (count >= 16) return vst1q_u8(y, bytes);
  std::uint8_t values[16];
  vst1q_u8(values, bytes);
  std::memcpy(y, values, static_cast<std::size_t>(count));
}

/// Sums of some pixels, and where they go. They want `constants` added, the bias and what the
/// kernel left out.
struct NeonSums {
  const std::int64_t* y = nullptr;       // the first channel, a number for each pixel
  const std::int64_t* addend = nullptr;  // the same
  std::int64_t pixels = 0;
  std::int64_t packed = 0;        // place of the first channel in the constants of the plan
  std::int64_t channels = 0;      // that exist; sums and constants are there for whole panels
  std::int64_t channel_step = 1;  // of y
  const std::int32_t* sums = nullptr;
  std::int64_t pixel_step = 0;  // of sums
  const std::int32_t* constants = nullptr;
};

/// Any arithmetic and any element.
void finish_sums(const ConvolutionPointers& pointers, const NeonSums& sums);

// ---- Blocks of a convolution: some pixels by some panels, over a chunk of the products of a sum.

inline constexpr std::int64_t block_pixels = 72;  // whole tiles
inline constexpr std::int64_t block_panels = 8;
inline constexpr std::int64_t block_channels = block_panels * panel_channels;
inline constexpr std::int64_t chunk_products = 1152;

/// Some pixels by one panel of weights. Elements of x are copies, less a number that brings them
/// into 8 bits with a sign: [16 products][pixel][16 products], with anything behind the last.
struct NeonTile {
  const std::int8_t* x = nullptr;
  const std::int8_t* weights = nullptr;
  std::int64_t quads = 0;
  std::int64_t blocks = 0;       // of 16 products
  std::int64_t products = 0;     // that may be summed in 16 bits
  std::int32_t* sums = nullptr;  // pixels are block_channels apart
  bool adds = false;             // to the sums that are there
};

struct NeonTiles {
  /// `by_pixels[i]` computes i + 1 pixels.
  std::span<void (*const)(const NeonTile&)> by_pixels;
  /// Puts a panel of so many quads into the order of the tiles; null: they take it as it is.
  void (*pack)(const std::int8_t* panel, std::int64_t quads, std::int8_t* packed) = nullptr;
  /// Whether `products` counts.
  bool sums_in_16_bits = false;
};

void convolve_by_tiles(const NeonTiles& tiles, const Convolve& step,
                       const ConvolutionPointers& pointers, const ConvolutionPart& part);

/// Whether the blocks above do; else kernels_ref.
bool convolves_by_tiles(const ConvolutionPointers& pointers);

// ---- What both tables share.

void convolve_depthwise_neon(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part);
void combine_neon(const Combine& step, const CombineRow& row);
void pool_neon(const Pool& step, const PoolWindows& window);
void quantize_neon(const QuantizeRow& row);
void look_up_neon(const LookupRow& row);
void expand_neon(const NibbleRow& row);

}  // namespace vernier

#endif
