// The requantization tflite: in double, and in lanes of 32 bits: the upper half of a product,
// rounded half up, then a shift that rounds half away from zero (quant/tflite.h).

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_finish.h"
#include "vernier/engine/kernels_ref.h"

namespace vernier {
namespace {

constexpr int multiplier_bits = 31;

// What leaves 32 bits saturates.
VERNIER_AVX2_INLINE __m256i shifted_up(__m256i value, __m256i count) {
  const __m256i shifted = _mm256_sllv_epi32(value, count);
  const __m256i kept = _mm256_cmpeq_epi32(_mm256_srav_epi32(shifted, count), value);
  const __m256i most = _mm256_xor_si256(_mm256_srai_epi32(value, 31), _mm256_set1_epi32(INT32_MAX));
  return _mm256_blendv_epi8(most, shifted, kept);
}

VERNIER_AVX2_INLINE __m256i high_product(__m256i value, __m256i multiplier) {
  const __m256i half = _mm256_set1_epi64x(std::int64_t{1} << (multiplier_bits - 1));
  const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(value, multiplier), half);
  const __m256i odd = _mm256_add_epi64(
      _mm256_mul_epi32(_mm256_srli_epi64(value, 32), _mm256_srli_epi64(multiplier, 32)), half);
  return _mm256_blend_epi32(_mm256_srli_epi64(even, multiplier_bits),
                            _mm256_slli_epi64(odd, 32 - multiplier_bits), 0xAA);
}

VERNIER_AVX2_INLINE __m256i shifted_down(__m256i value, __m256i count) {
  const __m256i one = _mm256_set1_epi32(1);
  const __m256i mask = _mm256_sub_epi32(_mm256_sllv_epi32(one, count), one);
  const __m256i threshold =
      _mm256_sub_epi32(_mm256_srli_epi32(mask, 1), _mm256_srai_epi32(value, 31));
  const __m256i above = _mm256_cmpgt_epi32(_mm256_and_si256(value, mask), threshold);
  return _mm256_sub_epi32(_mm256_srav_epi32(value, count), above);
}

}  // namespace

void finish_in_double(const ConvolutionPointers& pointers, const EightChannels& target,
                      const std::int32_t* sums) {
  for (std::int64_t i = 0; i < target.count; ++i)
    finish_sum(pointers, {.y = target.y + i, .packed = target.packed + i}, sums[i]);
}

VERNIER_AVX2 __m256i requantize_tflite(__m256i sum, const EightMultipliers& m,
                                       const StoredBounds& bounds) {
  const __m256i none = _mm256_setzero_si256();
  const __m256i total = _mm256_set1_epi32(multiplier_bits);
  const __m256i up = _mm256_max_epi32(_mm256_sub_epi32(total, m.shift), none);
  const __m256i down = _mm256_max_epi32(_mm256_sub_epi32(m.shift, total), none);
  __m256i value = shifted_down(high_product(shifted_up(sum, up), m.sum), down);
  // Clamped first: the sum with the zero point could leave 32 bits.
  value = _mm256_max_epi32(value, _mm256_set1_epi32(bounds.lo - bounds.zero_point));
  value = _mm256_min_epi32(value, _mm256_set1_epi32(bounds.hi - bounds.zero_point));
  return _mm256_add_epi32(value, _mm256_set1_epi32(bounds.zero_point));
}

}  // namespace vernier

#endif
