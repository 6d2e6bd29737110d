#pragma once

// Private to engine/: the ways in which AVX-512 adds four products of u8 and s8 to each of sixteen
// sums of 32 bits, as parameters of the kernels. All are exact.
//   Operand, Weights   four neighbours of x, and weights, for each of the sums; weights that serve
//                      one pixel are best left in memory
//   nibbles            bytes of weights of 4 bits as two operands, 2^nibble_shift times too large
//   expands            whether a tile can turn weights of 4 bits into bytes, by `expanded`: GFNI
//   waits_for_weights  whether they are so fast that it is worth fetching weights ahead
//   most_pixels        of a tile of so many panels and one, for which the registers suffice
//   whole_vectors      whether they suffice for 64 channels of a depthwise convolution at a time

#if defined(__x86_64__)

#include <array>

#include "vernier/engine/kernels_avx512.h"

namespace vernier {

/// vpdpbusd, without an intermediate saturation. As text: a template cannot have a target that
/// depends on its parameters, and all that is not this instruction is the same on older CPUs.
struct VnniProducts {
  static constexpr bool finishes_inside = true;  ///< a tile holds the code that finishes most sums
  static constexpr bool expands = true;
  static constexpr bool waits_for_weights = true;
  static constexpr int nibble_shift = 4;
  static constexpr std::array<std::int64_t, 4> most_pixels = {14, 14, 8, 6};
  static constexpr bool whole_vectors = true;
  using Operand = __m512i;
  using Weights = __m512i;
  VERNIER_AVX512_INLINE static Operand operand(__m512i x) { return x; }
  VERNIER_AVX512_INLINE static Weights weights(__m512i w) { return w; }
  VERNIER_AVX512_INLINE static NibbleVectors nibbles(__m512i bytes) {
    const __m512i mask = _mm512_set1_epi8(static_cast<char>(0xF0));
    return {_mm512_and_si512(_mm512_slli_epi16(bytes, 4), mask), _mm512_and_si512(bytes, mask)};
  }
  template <bool Odd>
  VERNIER_AVX512_INLINE static __m512i expanded(__m512i bytes) {
    __m512i weights;
    asm("vgf2p8affineqb $0, %2%{1to8%}, %1, %0"
        : "=v"(weights)
        : "v"(bytes), "m"(nibble_matrices[Odd]));
    return weights;
  }
  VERNIER_AVX512_INLINE static __m512i add(__m512i sum, Operand x, Weights w) {
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "v"(w));
    return sum;
  }
  VERNIER_AVX512_INLINE static __m512i add(__m512i sum, Operand x, const std::int8_t* w) {
    const auto& memory = *reinterpret_cast<const __m512i_u*>(w);
    asm("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(x), "vm"(memory));
    return sum;
  }
};

/// vpmaddwd on operands widened to 16 bits, neighbours 0 and 2 apart from 1 and 3.
struct WordProducts {
  static constexpr bool finishes_inside = false;
  static constexpr bool expands = false;
  static constexpr bool waits_for_weights = false;
  static constexpr std::array<std::int64_t, 4> most_pixels = {14, 11, 7, 4};
  static constexpr bool whole_vectors = false;
  struct Operand {
    __m512i even;
    __m512i odd;
  };
  using Weights = Operand;
  VERNIER_AVX512_INLINE static Operand operand(__m512i x) {
    return {_mm512_and_si512(x, _mm512_set1_epi16(0xFF)), _mm512_srli_epi16(x, 8)};
  }
  VERNIER_AVX512_INLINE static Weights weights(__m512i w) {
    return {_mm512_srai_epi16(_mm512_slli_epi16(w, 8), 8), _mm512_srai_epi16(w, 8)};
  }
  VERNIER_AVX512_INLINE static __m512i add(__m512i sum, const Operand& x, const Weights& w) {
    sum = _mm512_add_epi32(sum, _mm512_madd_epi16(x.even, w.even));
    return _mm512_add_epi32(sum, _mm512_madd_epi16(x.odd, w.odd));
  }
  VERNIER_AVX512_INLINE static __m512i add(__m512i sum, const Operand& x, const std::int8_t* w) {
    return add(sum, x, weights(_mm512_loadu_si512(w)));
  }
};

/// vpmaddubsw, for weights that none of its sums of two products saturates with: see
/// `has_small_weights`.
struct SmallProducts {
  static constexpr bool finishes_inside = false;
  static constexpr bool expands = false;
  static constexpr bool waits_for_weights = false;
  static constexpr int nibble_shift = 0;
  static constexpr std::array<std::int64_t, 4> most_pixels = {14, 13, 8, 6};
  using Operand = __m512i;
  using Weights = __m512i;
  VERNIER_AVX512_INLINE static Operand operand(__m512i x) { return x; }
  VERNIER_AVX512_INLINE static Weights weights(__m512i w) { return w; }
  VERNIER_AVX512_INLINE static NibbleVectors nibbles(__m512i bytes) {
    return nibble_vectors(bytes);
  }
  VERNIER_AVX512_INLINE static __m512i add(__m512i sum, Operand x, Weights w) {
    const __m512i pairs = _mm512_maddubs_epi16(x, w);
    return _mm512_add_epi32(sum, _mm512_madd_epi16(pairs, _mm512_set1_epi16(1)));
  }
};

}  // namespace vernier

#endif
