#pragma once

// Private to engine/: from sums to what is stored, for all kernels on AVX-512. Everything is
// inlined into functions that have the target themselves, so that nothing of it is emitted for an
// older machine. Lambdas would not inherit the target: there are none.

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstdint>

#include "vernier/engine/kernels.h"

#define VERNIER_AVX512 [[gnu::target("fma,avx512f,avx512bw,avx512dq,avx512vl")]]
#define VERNIER_AVX512_INLINE \
  [[gnu::target("fma,avx512f,avx512bw,avx512dq,avx512vl"), gnu::always_inline]] inline

namespace vernier {

/// Sixteen channels of one pixel: where they are in y, addend and the constants, and how many
/// exist.
struct SixteenChannels {
  std::int64_t y = 0;
  std::int64_t addend = 0;
  std::int64_t packed = 0;
  std::int64_t count = 16;
  std::int64_t channel_step = 1;
};

/// Any arithmetic and any element, one vector at a time. The bias is in the sum already.
void finish_sixteen(const ConvolutionPointers& pointers, const SixteenChannels& target,
                    const std::int32_t* sums);

/// With VNNI, and without.
void convolve_avx512(const Convolve& step, const ConvolutionPointers& pointers,
                     const ConvolutionPart& part);
void convolve_grouped_avx512(const Convolve& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part);
/// For each way to add products (kernels_avx512_products.h).
template <typename Products>
VERNIER_AVX512 void convolve_depthwise_avx512(const ConvolveDepthwise& step,
                                              const ConvolutionPointers& pointers,
                                              const ConvolutionPart& part);

void quantize_avx512(const QuantizeRow& row);
void pool_avx512(const Pool& step, const PoolWindows& window);
void combine_avx512(const Combine& step, const CombineRow& row);
void look_up_avx512(const LookupRow& row);

/// The sums of a step: for how many packed channels, and of how many products each.
struct SumCount {
  std::int64_t channels = 0;
  std::int64_t products = 0;
};

/// Whether `Finish` computes what these ask for; else `finish_sixteen` does.
bool finishes_bytes(const ConvolutionPointers& pointers, const SumCount& count);

VERNIER_AVX512_INLINE __mmask16 first_lanes(std::int64_t count) {
  return static_cast<__mmask16>((1U << static_cast<unsigned>(count)) - 1U);
}

// dword 4 * i + j of the result is dword 4 * j + i.
VERNIER_AVX512_INLINE __m512i transposed_dwords(__m512i value) {
  const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  return _mm512_permutexvar_epi32(order, value);
}

/// The floating arithmetic with bytes as result, where no value leaves the 32 bits
/// (`finishes_bytes`). Every step from there on keeps the order of values, so that saturating
/// in 16 bits changes nothing that the last clamp would not.
struct Finish {
  const float* multipliers = nullptr;
  const float* addend_multipliers = nullptr;
  const std::uint8_t* addend = nullptr;
  std::uint8_t* y = nullptr;
  __m512i addend_zero_point;
  __m512i zero_point;  // 16 bits
  __m512i lowest;      // 8 bits
  __m512i highest;
  bool moves;   // there is a zero point
  bool clamps;  // to less than a byte holds
};

/// Whether results are bytes as packing leaves them. A branch for each of them would cost more than
/// the instructions that it avoids, so tiles are compiled for both.
inline bool is_whole(const Finish& finish) { return !finish.moves && !finish.clamps; }

VERNIER_AVX512_INLINE Finish finish_of(const ConvolutionPointers& pointers) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  const OutputRange& output = epilogue.output;
  return {.multipliers = static_cast<const float*>(pointers.arrays.multipliers),
          .addend_multipliers = static_cast<const float*>(pointers.arrays.addend_multipliers),
          .addend = static_cast<const std::uint8_t*>(pointers.addend),
          .y = static_cast<std::uint8_t*>(pointers.y),
          .addend_zero_point = _mm512_set1_epi32(epilogue.addend_zero_point),
          .zero_point = _mm512_set1_epi16(static_cast<short>(output.zero_point)),
          .lowest = _mm512_set1_epi8(static_cast<char>(output.clamp.lo)),
          .highest = _mm512_set1_epi8(static_cast<char>(output.clamp.hi)),
          .moves = output.zero_point != 0,
          .clamps = output.clamp.lo > 0 || output.clamp.hi < 255};
}

// A copy whose vectors stay vectors: as a whole GCC would copy it by pieces, and a load of what
// several stores have written waits until they have left the core, with all products before them.
VERNIER_AVX512_INLINE Finish copy_of(const Finish& finish) {
  return {.multipliers = finish.multipliers,
          .addend_multipliers = finish.addend_multipliers,
          .addend = finish.addend,
          .y = finish.y,
          .addend_zero_point = finish.addend_zero_point,
          .zero_point = finish.zero_point,
          .lowest = finish.lowest,
          .highest = finish.highest,
          .moves = finish.moves,
          .clamps = finish.clamps};
}

// Rounded, without zero point and clamp.
template <bool Addend>
VERNIER_AVX512_INLINE __m512i requantized(const Finish& finish, __m512i sum, std::int64_t packed,
                                          std::int64_t addend) {
  __m512 value =
      _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(finish.multipliers + packed));
  if constexpr (Addend) {
    const __m512i stored = _mm512_cvtepu8_epi32(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(finish.addend + addend)));
    const __m512 other = _mm512_cvtepi32_ps(_mm512_sub_epi32(stored, finish.addend_zero_point));
    value = _mm512_add_ps(
        value, _mm512_mul_ps(other, _mm512_loadu_ps(finish.addend_multipliers + packed)));
  }
  return _mm512_cvtps_epi32(value);
}

// In each lane the integers of that lane of a and b. `Whole`: is_whole().
template <bool Whole>
VERNIER_AVX512_INLINE __m512i packed_words(const Finish& finish, __m512i a, __m512i b) {
  const __m512i words = _mm512_packs_epi32(a, b);
  return !Whole && finish.moves ? _mm512_adds_epi16(words, finish.zero_point) : words;
}

// The same of a, b, c and d.
template <bool Whole>
VERNIER_AVX512_INLINE __m512i bytes_by_lanes(const Finish& finish, __m512i a, __m512i b, __m512i c,
                                             __m512i d) {
  return _mm512_packus_epi16(packed_words<Whole>(finish, a, b), packed_words<Whole>(finish, c, d));
}

template <bool Whole>
VERNIER_AVX512_INLINE __m512i clamped(const Finish& finish, __m512i bytes) {
  if (Whole || !finish.clamps) return bytes;
  return _mm512_min_epu8(_mm512_max_epu8(bytes, finish.lowest), finish.highest);
}

// Four vectors of sixteen integers, one behind the other.
template <bool Whole>
VERNIER_AVX512_INLINE __m512i packed_bytes(const Finish& finish, __m512i a, __m512i b, __m512i c,
                                           __m512i d) {
  return clamped<Whole>(finish, transposed_dwords(bytes_by_lanes<Whole>(finish, a, b, c, d)));
}

}  // namespace vernier

#endif
