#pragma once

// Private to engine/: from sums to what is stored, eight at a time, and how a part of a convolution
// is cut into tiles, for the kernels with vectors of 256 bits. What is inlined is inlined into
// functions that have the target themselves, so that nothing of it is emitted for an older machine.

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "vernier/engine/kernels.h"

#define VERNIER_AVX2 [[gnu::target("avx2,fma")]]
#define VERNIER_AVX2_INLINE [[gnu::target("avx2,fma"), gnu::always_inline]] inline

namespace vernier {

// ---- From eight sums to eight stored integers.

// One number for each of eight channels, as the arithmetic has them.
struct EightMultipliers {
  __m256i sum;
  __m256i addend;
  __m256i shift;
};

struct StoredBounds {
  std::int32_t zero_point;
  std::int32_t lo;
  std::int32_t hi;
};

VERNIER_AVX2_INLINE __m256i load256(const void* data) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(data));
}

VERNIER_AVX2_INLINE __m256i nearest_stored(__m256 value, const StoredBounds& bounds) {
  const auto lo = static_cast<float>(bounds.lo - bounds.zero_point);
  const auto hi = static_cast<float>(bounds.hi - bounds.zero_point);
  value = _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(lo)), _mm256_set1_ps(hi));
  return _mm256_add_epi32(_mm256_cvtps_epi32(value), _mm256_set1_epi32(bounds.zero_point));
}

VERNIER_AVX2_INLINE __m256i round_affine8(const AffineRounding& rounding, __m256 value,
                                          const StoredBounds& bounds) {
  return nearest_stored(
      _mm256_fmadd_ps(value, _mm256_set1_ps(rounding.factor), _mm256_set1_ps(rounding.offset)),
      bounds);
}

VERNIER_AVX2_INLINE __m256i requantize_floating(__m256i sum, __m256i addend,
                                                const EightMultipliers& m,
                                                const StoredBounds& bounds) {
  __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_castsi256_ps(m.sum));
  value = _mm256_add_ps(value,
                        _mm256_mul_ps(_mm256_cvtepi32_ps(addend), _mm256_castsi256_ps(m.addend)));
  return nearest_stored(value, bounds);
}

// Four 64-bit values: rounded half up by an arithmetic shift, which AVX2 lacks for 64 bits, so that
// the sign is moved out of the way first.
VERNIER_AVX2_INLINE __m256i shifted_and_clamped(__m256i value, __m256i shift,
                                                const StoredBounds& bounds) {
  const __m256i one = _mm256_set1_epi64x(1);
  const __m256i sign = _mm256_set1_epi64x(static_cast<long long>(1ULL << 63U));
  // A shift of zero makes a count of 2^64 - 1 here, for which the instruction gives zero.
  const __m256i half = _mm256_sllv_epi64(one, _mm256_sub_epi64(shift, one));
  value = _mm256_add_epi64(value, half);
  value = _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(value, sign), shift),
                           _mm256_srlv_epi64(sign, shift));
  value = _mm256_add_epi64(value, _mm256_set1_epi64x(bounds.zero_point));
  const __m256i lo = _mm256_set1_epi64x(bounds.lo);
  const __m256i hi = _mm256_set1_epi64x(bounds.hi);
  value = _mm256_blendv_epi8(value, lo, _mm256_cmpgt_epi64(lo, value));
  return _mm256_blendv_epi8(value, hi, _mm256_cmpgt_epi64(value, hi));
}

VERNIER_AVX2_INLINE __m256i requantize_integer(__m256i sum, __m256i addend,
                                               const EightMultipliers& m,
                                               const StoredBounds& bounds) {
  const __m256i low = _mm256_set1_epi64x(0xFFFFFFFF);
  const __m256i even =
      _mm256_add_epi64(_mm256_mul_epi32(sum, m.sum), _mm256_mul_epi32(addend, m.addend));
  const __m256i odd = _mm256_add_epi64(
      _mm256_mul_epi32(_mm256_srli_epi64(sum, 32), _mm256_srli_epi64(m.sum, 32)),
      _mm256_mul_epi32(_mm256_srli_epi64(addend, 32), _mm256_srli_epi64(m.addend, 32)));
  const __m256i evens = shifted_and_clamped(even, _mm256_and_si256(m.shift, low), bounds);
  const __m256i odds = shifted_and_clamped(odd, _mm256_srli_epi64(m.shift, 32), bounds);
  return _mm256_blend_epi32(evens, _mm256_slli_epi64(odds, 32), 0xAA);
}

// Not inlined: its constants would take registers from all other arithmetics.
VERNIER_AVX2 __m256i requantize_fixed16(__m256i sum, __m256i addend, const EightMultipliers& m,
                                        const StoredBounds& bounds);

VERNIER_AVX2 __m256i requantize_tflite(__m256i sum, const EightMultipliers& m,
                                       const StoredBounds& bounds);

VERNIER_AVX2_INLINE __m256i requantize8(Requantization arithmetic, __m256i sum, __m256i addend,
                                        const EightMultipliers& m, const StoredBounds& bounds) {
  switch (arithmetic) {
    case Requantization::floating:
      return requantize_floating(sum, addend, m, bounds);
    case Requantization::dyadic:
    case Requantization::shift:
      return requantize_integer(sum, addend, m, bounds);
    case Requantization::tflite:
      return requantize_tflite(sum, m, bounds);
    case Requantization::tflite_single:
      return requantize_integer(sum, _mm256_setzero_si256(), m, bounds);
    case Requantization::fixed16:
      break;
  }
  return requantize_fixed16(sum, addend, m, bounds);
}

// Eight integers of 0..255 as bytes, in the low half.
VERNIER_AVX2_INLINE __m128i packed_eights(__m256i values) {
  const __m128i words =
      _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  return _mm_packus_epi16(words, words);
}

VERNIER_AVX2_INLINE __m256i widened_bytes(const std::uint8_t* data) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(data)));
}

VERNIER_AVX2_INLINE StoredBounds bounds_of(const OutputRange& output) {
  return {output.zero_point, output.clamp.lo, output.clamp.hi};
}

// Eight channels that begin at `channel` of one pixel, of which `count` exist.
struct EightChannels {
  std::int64_t y;
  std::int64_t addend;
  std::int64_t packed;
  std::int64_t channel_step;  // of y
  std::int64_t count;
};

VERNIER_AVX2_INLINE __m256 scaled8(const EpilogueArrays& arrays, std::int64_t packed, __m256i sum) {
  const float* scales = static_cast<const float*>(arrays.multipliers) + packed;
  const __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(scales));
  return arrays.float_biases == nullptr
             ? value
             : _mm256_add_ps(value, _mm256_loadu_ps(arrays.float_biases + packed));
}

VERNIER_AVX2_INLINE void finish_float(const ConvolutionPointers& pointers,
                                      const EightChannels& target, __m256i sum) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  __m256 value = scaled8(pointers.arrays, target.packed, sum);
  // In this order of operands an equal value stays itself, the sign of a zero included.
  value = _mm256_max_ps(_mm256_set1_ps(epilogue.lo), value);
  value = _mm256_min_ps(_mm256_set1_ps(epilogue.hi), value);
  alignas(32) std::array<float, 8> values;
  _mm256_store_ps(values.data(), value);
  float* y = static_cast<float*>(pointers.y) + target.y;
  for (std::int64_t i = 0; i < target.count; ++i) {
    y[i * target.channel_step] = values[static_cast<std::size_t>(i)];
  }
}

VERNIER_AVX2_INLINE void store_eight(std::uint8_t* y, __m128i bytes, std::int64_t count) {
  if (count == 8) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y), bytes);
  } else {
    const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes));
    std::memcpy(y, &low, static_cast<std::size_t>(count));
  }
}

VERNIER_AVX2_INLINE __m256i load_addend8(const ConvolutionPointers& pointers,
                                         const EightChannels& target) {
  return _mm256_sub_epi32(
      widened_bytes(static_cast<const std::uint8_t*>(pointers.addend) + target.addend),
      _mm256_set1_epi32(pointers.arrays.epilogue->addend_zero_point));
}

VERNIER_AVX2_INLINE __m256i requantize_biased(const ConvolutionPointers& pointers,
                                              const EightChannels& target, __m256i sum) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  const FloatBias& floats = *epilogue.floats;
  __m256 value = scaled8(pointers.arrays, target.packed, sum);
  if (pointers.addend != nullptr) {
    value = _mm256_mul_ps(_mm256_sub_ps(value, _mm256_set1_ps(floats.subtrahend)),
                          _mm256_set1_ps(floats.addend_factor));
    value = _mm256_add_ps(value, _mm256_cvtepi32_ps(load_addend8(pointers, target)));
  }
  return round_affine8(floats.rounding, value, bounds_of(epilogue.output));
}

VERNIER_AVX2_INLINE __m256i requantize_bytes(const ConvolutionPointers& pointers,
                                             const EightChannels& target, __m256i sum) {
  const EpilogueArrays& arrays = pointers.arrays;
  const Epilogue& epilogue = *arrays.epilogue;
  const bool integer = epilogue.arithmetic != Requantization::floating;
  const auto at = [&](const void* numbers) {
    return static_cast<const std::int32_t*>(numbers) + target.packed;
  };
  EightMultipliers multipliers{load256(at(arrays.multipliers)), _mm256_setzero_si256(),
                               _mm256_setzero_si256()};
  if (integer) multipliers.shift = load256(at(arrays.shifts));
  __m256i addend = _mm256_setzero_si256();
  if (pointers.addend != nullptr) {
    multipliers.addend = load256(at(arrays.addend_multipliers));
    addend = load_addend8(pointers, target);
  }
  return requantize8(epilogue.arithmetic, sum, addend, multipliers, bounds_of(epilogue.output));
}

/// One by one; the bias is in the sums already.
void finish_in_double(const ConvolutionPointers& pointers, const EightChannels& target,
                      const std::int32_t* sums);

VERNIER_AVX2_INLINE void finish8(const ConvolutionPointers& pointers, const EightChannels& target,
                                 __m256i sum) {
  sum = _mm256_add_epi32(sum, load256(pointers.arrays.bias + target.packed));
  if (pointers.y_element == Element::f32) return finish_float(pointers, target, sum);
  if (pointers.arrays.epilogue->in_double) {
    alignas(32) std::array<std::int32_t, 8> sums;
    _mm256_store_si256(reinterpret_cast<__m256i*>(sums.data()), sum);
    return finish_in_double(pointers, target, sums.data());
  }
  const __m256i result = pointers.arrays.epilogue->floats ? requantize_biased(pointers, target, sum)
                                                          : requantize_bytes(pointers, target, sum);
  store_eight(static_cast<std::uint8_t*>(pointers.y) + target.y, packed_eights(result),
              target.count);
}

/// What the floating arithmetic needs for eight channels, if bytes come out and nothing is added.
struct EightPlain {
  __m256i bias;
  __m256 multipliers;
  __m256 lo;
  __m256 hi;
  __m256i zero_point;
};

inline bool is_plain(const ConvolutionPointers& pointers) {
  return pointers.y_element == Element::u8 && pointers.addend == nullptr &&
         pointers.arrays.epilogue->arithmetic == Requantization::floating &&
         !pointers.arrays.epilogue->floats;
}

VERNIER_AVX2_INLINE EightPlain plain_of(const EpilogueArrays& arrays, std::int64_t packed) {
  const OutputRange& output = arrays.epilogue->output;
  return {.bias = load256(arrays.bias + packed),
          .multipliers = _mm256_loadu_ps(static_cast<const float*>(arrays.multipliers) + packed),
          .lo = _mm256_set1_ps(static_cast<float>(output.clamp.lo - output.zero_point)),
          .hi = _mm256_set1_ps(static_cast<float>(output.clamp.hi - output.zero_point)),
          .zero_point = _mm256_set1_epi32(output.zero_point)};
}

VERNIER_AVX2_INLINE void finish_plain(const EightPlain& plain, std::uint8_t* y, std::int64_t count,
                                      __m256i sum) {
  __m256 value =
      _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_add_epi32(sum, plain.bias)), plain.multipliers);
  value = _mm256_min_ps(_mm256_max_ps(value, plain.lo), plain.hi);
  store_eight(y, packed_eights(_mm256_add_epi32(_mm256_cvtps_epi32(value), plain.zero_point)),
              count);
}

/// Eight sums of each pixel, for channels `first` to `first` + 7 of the tile: any arithmetic. One
/// function for all tiles, where it would be most of their code.
void finish_eights(const ConvolutionPointers& pointers, const EightChannels* targets,
                   std::int64_t first, std::span<const std::int32_t> sums);

/// Channels `first` to `first` + 7 of the tile, as far as they exist, of some pixels.
template <int Pixels>
VERNIER_AVX2_INLINE void finish_pixels(const ConvolutionPointers& pointers,
                                       const EightChannels* targets, std::int64_t first,
                                       __m256i (&sums)[Pixels]) {
  const std::int64_t count = std::min<std::int64_t>(targets[0].count - first, 8);
  if (count <= 0) return;
  if (is_plain(pointers)) {
    const EightPlain plain = plain_of(pointers.arrays, targets[0].packed + first);
    auto* y = static_cast<std::uint8_t*>(pointers.y) + first;
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i) finish_plain(plain, y + targets[i].y, count, sums[i]);
    return;
  }
  alignas(32) std::array<std::int32_t, 8 * Pixels> stored;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i)
    _mm256_store_si256(reinterpret_cast<__m256i*>(stored.data() + 8 * i), sums[i]);
  finish_eights(pointers, targets, first, stored);
}

// Four neighbours of x, eight times over.
VERNIER_AVX2_INLINE __m256i broadcast_quad(const std::uint8_t* x) {
  std::int32_t quad;
  std::memcpy(&quad, x, sizeof(quad));
  return _mm256_set1_epi32(quad);
}

VERNIER_AVX2_INLINE __m128i load64(const std::uint8_t* data) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(data));
}

/// How far four rows of taps from `row` on are from the first; the last row stands for those behind
/// it.
struct FourRows {
  std::int64_t a;
  std::int64_t b;
  std::int64_t c;
  std::int64_t d;
};

inline FourRows four_rows(const TapGrid& taps, std::int64_t row) {
  const auto distance = [&](std::int64_t i) { return std::min(row + i, taps.rows - 1) * taps.row; };
  return {distance(0), distance(1), distance(2), distance(3)};
}

/// Four taps of each of four channels, and of the next four.
struct ChannelTaps {
  __m128i low;
  __m128i high;
};

VERNIER_AVX2_INLINE ChannelTaps load_taps(const std::uint8_t* x, const FourRows& rows) {
  const __m128i upper = _mm_unpacklo_epi8(load64(x + rows.a), load64(x + rows.b));
  const __m128i lower = _mm_unpacklo_epi8(load64(x + rows.c), load64(x + rows.d));
  return {_mm_unpacklo_epi16(upper, lower), _mm_unpackhi_epi16(upper, lower)};
}

// ---- Tiles of some pixels by eight or sixteen channels.

inline constexpr std::size_t most_tile_pixels = 6;

/// The channels of a tile begin at `weights`, in a panel of 16, and for each pixel at its target.
struct PixelTile {
  const Convolve* step;
  const ConvolutionPointers* pointers;
  const void* weights;
  std::array<const std::uint8_t*, most_tile_pixels> x;
  std::array<EightChannels, most_tile_pixels> targets;  // count: those of the whole tile
};

/// `by_pixels[i]` computes a tile of i + 1 pixels, and `of_nibbles[i]` one with weights of 4 bits,
/// of steps with one run.
struct PixelTileKind {
  std::int64_t channels;      // 8 or 16
  std::int64_t weight_bytes;  // of one weight in a tile
  std::span<void (*const)(const PixelTile&)> by_pixels;
  std::span<void (*const)(const PixelTile&)> of_nibbles;
};

/// 32 bytes of weights of 4 bits, as s8: the low halves and the high ones.
struct NibbleHalves {
  __m256i low;
  __m256i high;
};

VERNIER_AVX2_INLINE NibbleHalves nibble_halves(const void* nibbles) {
  const __m256i mask = _mm256_set1_epi8(15);
  const __m256i signs = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
  const __m256i bytes = load256(nibbles);
  return {_mm256_shuffle_epi8(signs, _mm256_and_si256(bytes, mask)),
          _mm256_shuffle_epi8(signs, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask))};
}

void expand_avx2(const NibbleRow& row);

/// The tiles of a part.
void convolve_tiles(const PixelTileKind& kind, const Convolve& step,
                    const ConvolutionPointers& pointers, const ConvolutionPart& part);

/// Neighbours in a row of y, and eight of their channels; `x` is the first tap of the first.
struct DepthwiseRow {
  const TapGrid* taps;
  const std::uint8_t* x;
  std::int64_t x_step;  // from one pixel to the next
  const void* weights;
  std::int64_t count;  // of pixels, most_row_pixels at most
};
inline constexpr std::int64_t most_row_pixels = 16;

/// Eight sums for each pixel.
using DepthwiseSums = void (*)(const DepthwiseRow& row, std::int32_t* sums);
void convolve_depthwise_eights(DepthwiseSums sums_of, const ConvolveDepthwise& step,
                               const ConvolutionPointers& pointers, const ConvolutionPart& part);

/// Whether no sum of two products with these weights leaves 16 bits, and it is worth knowing: for
/// few pixels it is not worth looking at all weights first.
bool has_small_weights(const Convolve& step, const ConvolutionPointers& pointers);

/// x, y and addend of bytes; y may be floats.
bool is_8_bit(const ConvolutionPointers& pointers);

}  // namespace vernier

#endif
