// The requantization fixed16 in lanes of 32 bits.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2.h"

namespace vernier {
namespace {

VERNIER_AVX2_INLINE __m256i saturated16(__m256i value) {
  return _mm256_min_epi32(_mm256_max_epi32(value, _mm256_set1_epi32(-32768)),
                          _mm256_set1_epi32(32767));
}

// Of numbers of 16 bits in 32; the upper halves of the multipliers are zero.
VERNIER_AVX2_INLINE __m256i high_product(__m256i value, __m256i multiplier) {
  const __m256i half = _mm256_set1_epi32(1 << (fixed16_multiplier_bits - 1));
  return _mm256_srai_epi32(_mm256_add_epi32(_mm256_madd_epi16(value, multiplier), half),
                           fixed16_multiplier_bits);
}

}  // namespace

VERNIER_AVX2 __m256i requantize_fixed16(__m256i sum, __m256i addend, const EightMultipliers& m,
                                        const StoredBounds& bounds) {
  const __m256i none = _mm256_setzero_si256();
  const __m256i down = _mm256_max_epi32(m.shift, none);
  const __m256i up = _mm256_max_epi32(_mm256_sub_epi32(none, m.shift), none);
  // What saturates before it is shifted up does so behind it, too.
  const __m256i kept =
      saturated16(_mm256_sllv_epi32(saturated16(_mm256_srav_epi32(sum, down)), up));
  const __m256i other = saturated16(_mm256_slli_epi32(addend, fixed16_addend_shift));
  __m256i value =
      saturated16(_mm256_add_epi32(high_product(kept, m.sum), high_product(other, m.addend)));
  value = _mm256_add_epi32(value, _mm256_set1_epi32(1 << (fixed16_fraction_bits - 1)));
  value = _mm256_add_epi32(_mm256_srai_epi32(value, fixed16_fraction_bits),
                           _mm256_set1_epi32(bounds.zero_point));
  return _mm256_min_epi32(_mm256_max_epi32(value, _mm256_set1_epi32(bounds.lo)),
                          _mm256_set1_epi32(bounds.hi));
}

}  // namespace vernier

#endif
