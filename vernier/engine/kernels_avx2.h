#pragma once

// Private to engine/: from sums to what is stored, eight at a time, for the kernels with vectors of
// 256 bits. What is inlined is inlined into functions that have the target themselves, so that
// nothing of it is emitted for an older machine.

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

VERNIER_AVX2_INLINE __m256i widened_sixteen(const std::int8_t* data) {
  return _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data)));
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

void expand_avx2(const NibbleRow& row);
void convolve_avx2(const Convolve& step, const ConvolutionPointers& pointers,
                   const ConvolutionPart& part);
void convolve_depthwise_avx2(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part);

/// Kernels::prepare for kernels that take s8 as it is: weights of 4 bits as bytes, unless
/// stays_nibbles().
AlignedBytes bytes_of_nibbles(const Convolve& step, const std::byte* weights,
                              std::int32_t highest_x);
/// The same pointers, where these bytes take the place of the weights; they are `first` bytes
/// behind the beginning of what is prepared.
ConvolutionPointers with_bytes(const Convolve& step, const ConvolutionPointers& pointers,
                               std::int64_t first = 0);

/// x, y and addend of bytes; y may be floats.
bool is_8_bit(const ConvolutionPointers& pointers);

}  // namespace vernier

#endif
