#pragma once

// Private to engine/: from sums of eight channels of some pixels to what is stored. The plain case,
// the floating arithmetic to bytes, is inlined into the tiles.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2.h"

namespace vernier {

// Eight channels of one pixel, of which `count` exist; the biases are in their sums already.
struct EightChannels {
  std::int64_t y;
  std::int64_t addend;
  std::int64_t packed;
  std::int64_t channel_step;  // of y
  std::int64_t count;
};

/// One by one.
void finish_in_double(const ConvolutionPointers& pointers, const EightChannels& target,
                      const std::int32_t* sums);

/// Where some pixels are stored: each so much further on than `channels` says.
struct PixelTargets {
  const std::int64_t* y;
  const std::int64_t* addend;
  EightChannels channels;
};

// What the floating arithmetic needs for eight channels, if bytes come out.
struct EightPlain {
  __m256 multipliers;
  __m256 addend_multipliers;
  __m256i addend_zero_point;
  __m256i lo;  // bytes, as stored
  __m256i hi;
  __m256i zero_point;  // words
};

VERNIER_AVX2_INLINE EightPlain plain_of(const ConvolutionPointers& pointers, std::int64_t packed) {
  const EpilogueArrays& arrays = pointers.arrays;
  const OutputRange& output = arrays.epilogue->output;
  const auto floats = [&](const void* numbers) {
    return static_cast<const float*>(numbers) + packed;
  };
  EightPlain plain{.multipliers = _mm256_loadu_ps(floats(arrays.multipliers)),
                   .addend_multipliers = _mm256_setzero_ps(),
                   .addend_zero_point = _mm256_set1_epi32(arrays.epilogue->addend_zero_point),
                   .lo = _mm256_set1_epi8(static_cast<char>(output.clamp.lo)),
                   .hi = _mm256_set1_epi8(static_cast<char>(output.clamp.hi)),
                   .zero_point = _mm256_set1_epi16(static_cast<std::int16_t>(output.zero_point))};
  if (pointers.addend != nullptr) {
    plain.addend_multipliers = _mm256_loadu_ps(floats(arrays.addend_multipliers));
  }
  return plain;
}

/// Beyond it a sum of 16 bits and a zero point might saturate where the clamp does not.
inline constexpr std::int32_t most_plain_zero_point = 1 << 14;
/// Less than 2^31, with room for what is rounded on the way.
inline constexpr float most_plain_value = 0x1.FFFFp30F;

/// Whether EightPlain computes what these ask for, for eight channels: then no value leaves 32
/// bits, whatever x and the weights are, and no byte that saturates depends on a zero point of 17
/// bits.
bool is_plain(const ConvolutionPointers& pointers, std::int64_t packed, std::int64_t products);

VERNIER_AVX2_INLINE __m256 scaled_sum(const EightPlain& plain, __m256i sum) {
  return _mm256_mul_ps(_mm256_cvtepi32_ps(sum), plain.multipliers);
}

VERNIER_AVX2_INLINE __m256 with_addend(const EightPlain& plain, __m256 value,
                                       const std::uint8_t* addend) {
  const __m256i integers = _mm256_sub_epi32(widened_bytes(addend), plain.addend_zero_point);
  return _mm256_add_ps(value,
                       _mm256_mul_ps(_mm256_cvtepi32_ps(integers), plain.addend_multipliers));
}

// Of four pixels, in their order. All that saturates keeps the order of values, so the last clamp
// finds what it would have found in 32 bits.
VERNIER_AVX2_INLINE __m256i rounded(const EightPlain& plain, const __m256 (&values)[4]) {
  __m256i integers[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) integers[i] = _mm256_cvtps_epi32(values[i]);
  const __m256i low =
      _mm256_adds_epi16(_mm256_packs_epi32(integers[0], integers[1]), plain.zero_point);
  const __m256i high =
      _mm256_adds_epi16(_mm256_packs_epi32(integers[2], integers[3]), plain.zero_point);
  const __m256i bytes = _mm256_max_epu8(_mm256_packus_epi16(low, high), plain.lo);
  return _mm256_permutevar8x32_epi32(_mm256_min_epu8(bytes, plain.hi),
                                     _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

using EightBytes [[gnu::aligned(1), gnu::may_alias]] = double;

// Eight bytes of each of up to four pixels.
VERNIER_AVX2_INLINE void store_pixels(std::uint8_t* y, const std::int64_t* offsets,
                                      std::int64_t pixels, __m256i bytes) {
  const __m128d low = _mm_castsi128_pd(_mm256_castsi256_si128(bytes));
  const __m128d high = _mm_castsi128_pd(_mm256_extracti128_si256(bytes, 1));
  const auto at = [&](int i) -> EightBytes& {
    return *reinterpret_cast<EightBytes*>(y + offsets[i]);
  };
  at(0) = low[0];
  if (pixels > 1) at(1) = low[1];
  if (pixels > 2) at(2) = high[0];
  if (pixels > 3) at(3) = high[1];
}

/// Eight sums of each pixel, each of so many products.
void finish_eights(const ConvolutionPointers& pointers, const PixelTargets& targets,
                   std::int64_t products, std::span<const std::int32_t> sums);

}  // namespace vernier

#endif
