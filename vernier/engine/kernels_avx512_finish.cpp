// What is rare or slow in any case: the integer arithmetics, which multiply to 64 bits, results of
// 16 bits, results in float.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <cstdlib>

#include "vernier/engine/kernels_avx2_finish.h"
#include "vernier/engine/kernels_avx512.h"
#include "vernier/engine/kernels_ref.h"

namespace vernier {
namespace {

// Of u8 and s8.
constexpr double largest_product = 255.0 * 128.0;
constexpr double largest_addend = 256.0 + most_plain_zero_point;

// Whole vectors.
VERNIER_AVX512 float largest(const void* multipliers, std::int64_t channels) {
  const auto* numbers = static_cast<const float*>(multipliers);
  __m512 result = _mm512_setzero_ps();
  for (std::int64_t i = 0; i < channels; i += 16) {
    result = _mm512_max_ps(result, _mm512_loadu_ps(numbers + i));
  }
  return _mm512_reduce_max_ps(result);
}

VERNIER_AVX512 double largest_magnitude(const std::int32_t* bias, std::int64_t channels) {
  __m512i result = _mm512_setzero_si512();
  for (std::int64_t i = 0; i < channels; i += 16) {
    result = _mm512_max_epu32(result, _mm512_abs_epi32(_mm512_loadu_si512(bias + i)));
  }
  return _mm512_reduce_max_epu32(result);
}

// Whether every result of the two terms has 32 bits, whatever x and the weights are.
bool stays_in_range(const EpilogueArrays& arrays, const SumCount& count) {
  const double sum = static_cast<double>(count.products) * largest_product +
                     largest_magnitude(arrays.bias, count.channels);
  double value = std::min(sum, 0x1p31) * largest(arrays.multipliers, count.channels);
  if (arrays.addend_multipliers != nullptr) {
    value += largest_addend * largest(arrays.addend_multipliers, count.channels);
  }
  return value < most_plain_value;
}

VERNIER_AVX512_INLINE __m512 scaled(const EpilogueArrays& arrays, std::int64_t packed,
                                    __m512i sum) {
  const float* scales = static_cast<const float*>(arrays.multipliers) + packed;
  const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(scales));
  return arrays.float_biases == nullptr
             ? value
             : _mm512_add_ps(value, _mm512_loadu_ps(arrays.float_biases + packed));
}

VERNIER_AVX512 void finish_float(const ConvolutionPointers& pointers, const SixteenChannels& target,
                                 __m512i sum) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  __m512 value = scaled(pointers.arrays, target.packed, sum);
  // In this order of operands an equal value stays itself, the sign of a zero included.
  value = _mm512_max_ps(_mm512_set1_ps(epilogue.lo), value);
  value = _mm512_min_ps(_mm512_set1_ps(epilogue.hi), value);
  float* y = static_cast<float*>(pointers.y) + target.y;
  if (target.channel_step == 1) {
    _mm512_mask_storeu_ps(y, first_lanes(target.count), value);
    return;
  }
  alignas(64) std::array<float, 16> values;
  _mm512_store_ps(values.data(), value);
  for (std::int64_t i = 0; i < target.count; ++i) {
    y[i * target.channel_step] = values[static_cast<std::size_t>(i)];
  }
}

VERNIER_AVX512_INLINE __m512i load_addend(const ConvolutionPointers& pointers,
                                          const SixteenChannels& target) {
  if (pointers.addend == nullptr) return _mm512_setzero_si512();
  const __mmask16 lanes = first_lanes(target.count);
  const __m512i stored =
      pointers.addend_element == Element::u8
          ? _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(
                lanes, static_cast<const std::uint8_t*>(pointers.addend) + target.addend))
          : _mm512_cvtepi16_epi32(_mm256_maskz_loadu_epi16(
                lanes, static_cast<const std::int16_t*>(pointers.addend) + target.addend));
  return _mm512_sub_epi32(stored, _mm512_set1_epi32(pointers.arrays.epilogue->addend_zero_point));
}

VERNIER_AVX512_INLINE __m512i rounded(__m512 value, const OutputRange& output) {
  const __m512 lo = _mm512_set1_ps(static_cast<float>(output.clamp.lo - output.zero_point));
  const __m512 hi = _mm512_set1_ps(static_cast<float>(output.clamp.hi - output.zero_point));
  return _mm512_add_epi32(_mm512_cvtps_epi32(_mm512_min_ps(_mm512_max_ps(value, lo), hi)),
                          _mm512_set1_epi32(output.zero_point));
}

VERNIER_AVX512_INLINE __m512i requantize_floating(const EpilogueArrays& arrays, std::int64_t packed,
                                                  __m512i sum, __m512i addend) {
  __m512 value = scaled(arrays, packed, sum);
  if (arrays.addend_multipliers != nullptr) {
    const auto* others = static_cast<const float*>(arrays.addend_multipliers);
    value = _mm512_add_ps(
        value, _mm512_mul_ps(_mm512_cvtepi32_ps(addend), _mm512_loadu_ps(others + packed)));
  }
  return rounded(value, arrays.epilogue->output);
}

VERNIER_AVX512_INLINE __m512i requantize_biased(const ConvolutionPointers& pointers,
                                                std::int64_t packed, __m512i sum, __m512i addend) {
  const FloatBias& floats = *pointers.arrays.epilogue->floats;
  __m512 value = scaled(pointers.arrays, packed, sum);
  if (pointers.addend != nullptr) {
    value = _mm512_mul_ps(_mm512_sub_ps(value, _mm512_set1_ps(floats.subtrahend)),
                          _mm512_set1_ps(floats.addend_factor));
    value = _mm512_add_ps(value, _mm512_cvtepi32_ps(addend));
  }
  value = _mm512_fmadd_ps(value, _mm512_set1_ps(floats.rounding.factor),
                          _mm512_set1_ps(floats.rounding.offset));
  return rounded(value, pointers.arrays.epilogue->output);
}

// Eight 64-bit values, rounded half up.
VERNIER_AVX512_INLINE __m512i shifted_and_clamped(__m512i value, __m512i shift,
                                                  const OutputRange& output) {
  const __m512i one = _mm512_set1_epi64(1);
  // A shift of zero makes a count of 2^64 - 1 here, for which the instruction gives zero.
  const __m512i half = _mm512_sllv_epi64(one, _mm512_sub_epi64(shift, one));
  value = _mm512_srav_epi64(_mm512_add_epi64(value, half), shift);
  value = _mm512_add_epi64(value, _mm512_set1_epi64(output.zero_point));
  value = _mm512_max_epi64(value, _mm512_set1_epi64(output.clamp.lo));
  return _mm512_min_epi64(value, _mm512_set1_epi64(output.clamp.hi));
}

VERNIER_AVX512_INLINE __m512i requantize_integer(const EpilogueArrays& arrays, std::int64_t packed,
                                                 __m512i sum, __m512i addend) {
  const OutputRange& output = arrays.epilogue->output;
  const __m512i multipliers =
      _mm512_loadu_si512(static_cast<const std::int32_t*>(arrays.multipliers) + packed);
  const __m512i shifts = _mm512_loadu_si512(arrays.shifts + packed);
  __m512i even = _mm512_mul_epi32(sum, multipliers);
  __m512i odd = _mm512_mul_epi32(_mm512_srli_epi64(sum, 32), _mm512_srli_epi64(multipliers, 32));
  if (arrays.addend_multipliers != nullptr) {
    const __m512i others =
        _mm512_loadu_si512(static_cast<const std::int32_t*>(arrays.addend_multipliers) + packed);
    even = _mm512_add_epi64(even, _mm512_mul_epi32(addend, others));
    odd = _mm512_add_epi64(
        odd, _mm512_mul_epi32(_mm512_srli_epi64(addend, 32), _mm512_srli_epi64(others, 32)));
  }
  const __m512i low = _mm512_set1_epi64(0xFFFFFFFF);
  even = shifted_and_clamped(even, _mm512_and_si512(shifts, low), output);
  odd = shifted_and_clamped(odd, _mm512_srli_epi64(shifts, 32), output);
  return _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
}

VERNIER_AVX512_INLINE __m512i load_integers(const void* numbers, std::int64_t packed) {
  return _mm512_loadu_si512(static_cast<const std::int32_t*>(numbers) + packed);
}

VERNIER_AVX512_INLINE __m512i saturated16(__m512i value) {
  return _mm512_min_epi32(_mm512_max_epi32(value, _mm512_set1_epi32(-32768)),
                          _mm512_set1_epi32(32767));
}

// Of numbers of 16 bits in 32; the upper halves of the multipliers are zero.
VERNIER_AVX512_INLINE __m512i high_product(__m512i value, __m512i multiplier) {
  const __m512i half = _mm512_set1_epi32(1 << (fixed16_multiplier_bits - 1));
  return _mm512_srai_epi32(_mm512_add_epi32(_mm512_madd_epi16(value, multiplier), half),
                           fixed16_multiplier_bits);
}

VERNIER_AVX512_INLINE __m512i requantize_fixed16(const EpilogueArrays& arrays, std::int64_t packed,
                                                 __m512i sum, __m512i addend) {
  const OutputRange& output = arrays.epilogue->output;
  const __m512i none = _mm512_setzero_si512();
  const __m512i shift = _mm512_loadu_si512(arrays.shifts + packed);
  const __m512i down = _mm512_max_epi32(shift, none);
  const __m512i up = _mm512_max_epi32(_mm512_sub_epi32(none, shift), none);
  // What saturates before it is shifted up does so behind it, too.
  const __m512i kept =
      saturated16(_mm512_sllv_epi32(saturated16(_mm512_srav_epi32(sum, down)), up));
  __m512i value = high_product(kept, load_integers(arrays.multipliers, packed));
  if (arrays.addend_multipliers != nullptr) {
    const __m512i other = saturated16(_mm512_slli_epi32(addend, fixed16_addend_shift));
    value = saturated16(_mm512_add_epi32(
        value, high_product(other, load_integers(arrays.addend_multipliers, packed))));
  }
  value = _mm512_add_epi32(value, _mm512_set1_epi32(1 << (fixed16_fraction_bits - 1)));
  value = _mm512_add_epi32(_mm512_srai_epi32(value, fixed16_fraction_bits),
                           _mm512_set1_epi32(output.zero_point));
  return _mm512_min_epi32(_mm512_max_epi32(value, _mm512_set1_epi32(output.clamp.lo)),
                          _mm512_set1_epi32(output.clamp.hi));
}

// As in kernels_avx2_tflite.cpp.
VERNIER_AVX512_INLINE __m512i shifted_up(__m512i value, __m512i count) {
  const __m512i shifted = _mm512_sllv_epi32(value, count);
  const __mmask16 lost = _mm512_cmpneq_epi32_mask(_mm512_srav_epi32(shifted, count), value);
  const __m512i most = _mm512_set1_epi32(INT32_MAX);
  return _mm512_mask_xor_epi32(shifted, lost, _mm512_srai_epi32(value, 31), most);
}

VERNIER_AVX512_INLINE __m512i upper_half(__m512i value, __m512i multiplier) {
  constexpr int bits = 31;
  const __m512i half = _mm512_set1_epi64(std::int64_t{1} << (bits - 1));
  const __m512i even = _mm512_add_epi64(_mm512_mul_epi32(value, multiplier), half);
  const __m512i odd = _mm512_add_epi64(
      _mm512_mul_epi32(_mm512_srli_epi64(value, 32), _mm512_srli_epi64(multiplier, 32)), half);
  return _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, bits),
                                 _mm512_slli_epi64(odd, 32 - bits));
}

VERNIER_AVX512_INLINE __m512i shifted_down(__m512i value, __m512i count) {
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i mask = _mm512_sub_epi32(_mm512_sllv_epi32(one, count), one);
  const __m512i threshold =
      _mm512_sub_epi32(_mm512_srli_epi32(mask, 1), _mm512_srai_epi32(value, 31));
  const __mmask16 above = _mm512_cmpgt_epi32_mask(_mm512_and_si512(value, mask), threshold);
  const __m512i shifted = _mm512_srav_epi32(value, count);
  return _mm512_mask_add_epi32(shifted, above, shifted, one);
}

VERNIER_AVX512_INLINE __m512i requantize_tflite(const EpilogueArrays& arrays, std::int64_t packed,
                                                __m512i sum) {
  const OutputRange& output = arrays.epilogue->output;
  const __m512i none = _mm512_setzero_si512();
  const __m512i total = _mm512_set1_epi32(31);
  const __m512i shift = _mm512_loadu_si512(arrays.shifts + packed);
  const __m512i up = _mm512_max_epi32(_mm512_sub_epi32(total, shift), none);
  const __m512i down = _mm512_max_epi32(_mm512_sub_epi32(shift, total), none);
  const __m512i multiplier = load_integers(arrays.multipliers, packed);
  __m512i value = shifted_down(upper_half(shifted_up(sum, up), multiplier), down);
  value = _mm512_max_epi32(value, _mm512_set1_epi32(output.clamp.lo - output.zero_point));
  value = _mm512_min_epi32(value, _mm512_set1_epi32(output.clamp.hi - output.zero_point));
  return _mm512_add_epi32(value, _mm512_set1_epi32(output.zero_point));
}

VERNIER_AVX512_INLINE __m512i requantize_sixteen(const EpilogueArrays& arrays, std::int64_t packed,
                                                 __m512i sum, __m512i addend) {
  switch (arrays.epilogue->arithmetic) {
    case Requantization::floating:
      return requantize_floating(arrays, packed, sum, addend);
    case Requantization::dyadic:
    case Requantization::shift:
      return requantize_integer(arrays, packed, sum, addend);
    case Requantization::tflite:
      return requantize_tflite(arrays, packed, sum);
    case Requantization::tflite_single:
      return requantize_integer(arrays, packed, sum, _mm512_setzero_si512());
    case Requantization::fixed16:
      break;
  }
  return requantize_fixed16(arrays, packed, sum, addend);
}

}  // namespace

VERNIER_AVX512 void finish_sixteen(const ConvolutionPointers& pointers,
                                   const SixteenChannels& target, const std::int32_t* sums) {
  const __m512i sum = _mm512_loadu_si512(sums);
  if (pointers.y_element == Element::f32) return finish_float(pointers, target, sum);
  const EpilogueArrays& arrays = pointers.arrays;
  if (arrays.epilogue->in_double) {
    for (std::int64_t i = 0; i < target.count; ++i)
      finish_sum(pointers, {.y = target.y + i, .packed = target.packed + i}, sums[i]);
    return;
  }
  const __m512i addend = load_addend(pointers, target);
  const __m512i result = arrays.epilogue->floats
                             ? requantize_biased(pointers, target.packed, sum, addend)
                             : requantize_sixteen(arrays, target.packed, sum, addend);
  const __mmask16 lanes = first_lanes(target.count);
  if (pointers.y_element == Element::u8) {
    _mm512_mask_cvtepi32_storeu_epi8(static_cast<std::uint8_t*>(pointers.y) + target.y, lanes,
                                     result);
  } else {
    _mm512_mask_cvtepi32_storeu_epi16(static_cast<std::int16_t*>(pointers.y) + target.y, lanes,
                                      result);
  }
}

bool finishes_bytes(const ConvolutionPointers& pointers, const SumCount& count) {
  const EpilogueArrays& arrays = pointers.arrays;
  const Epilogue& epilogue = *arrays.epilogue;
  return pointers.y_element == Element::u8 && !epilogue.floats &&
         epilogue.arithmetic == Requantization::floating &&
         (pointers.addend == nullptr || pointers.addend_element == Element::u8) &&
         std::abs(epilogue.output.zero_point) <= most_plain_zero_point &&
         std::abs(epilogue.addend_zero_point) <= most_plain_zero_point &&
         stays_in_range(arrays, count);
}

}  // namespace vernier

#endif
