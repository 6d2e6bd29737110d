#pragma once

// Private to engine/: the ways in which AVX-512 adds four products of u8 and s8 to each of sixteen
// sums of 32 bits, as parameters of the kernels. All are exact.
//   Operand, Weights   four neighbours of x, and weights, for each of the sums; weights that serve
//                      one pixel are best left in memory
//   whole_vectors      whether they suffice for 64 channels of a depthwise convolution at a time

#if defined(__x86_64__)

#include <array>

#include "vernier/engine/kernels_avx512.h"

namespace vernier {

/// vpdpbusd, without an intermediate saturation. As text: a template cannot have a target that
/// depends on its parameters, and all that is not this instruction is the same on older CPUs.
struct VnniProducts {
  static constexpr bool whole_vectors = true;
  using Operand = __m512i;
  using Weights = __m512i;
  VERNIER_AVX512_INLINE static Operand operand(__m512i x) { return x; }
  VERNIER_AVX512_INLINE static Weights weights(__m512i w) { return w; }
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

}  // namespace vernier

#endif
