// Steps that go through tensors element by element, on AVX-512.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <cstdlib>

#include "vernier/engine/kernels_avx512.h"

namespace vernier {
namespace {

// ---- Floats to integers.

// Scales for which neither a reciprocal nor a remainder leaves the normal numbers.
constexpr float least_scale = 0x1p-60F;
constexpr float most_scale = 0x1p60F;
constexpr std::int64_t most_planes = 4;

// From what x lies in the range of the integers, and to what.
struct Divisor {
  __m512 scale;
  __m512 reciprocal;  // to the nearest
  __m512 lo;
  __m512 hi;
};

// x / scale to the nearest: the remainder of an approximation is exact with a fused multiply-add,
// and corrects it; twice, because the first quotient may be two units off (Muller et al., Handbook
// of Floating-Point Arithmetic, 2nd edition, section 4.7). A fifth of the time of the instruction
// that divides. What leaves the range of the integers is brought to its ends before: a product of
// the scale and an integer is, divided by the scale, that integer again or next to it. A NaN
// becomes the lowest number.
VERNIER_AVX512_INLINE __m512 divided(__m512 x, const Divisor& divisor) {
  x = _mm512_min_ps(_mm512_max_ps(x, divisor.lo), divisor.hi);
  __m512 quotient = _mm512_mul_ps(x, divisor.reciprocal);
#pragma GCC unroll 2
  for (int i = 0; i < 2; ++i) {
    const __m512 remainder = _mm512_fnmadd_ps(quotient, divisor.scale, x);
    quotient = _mm512_fmadd_ps(remainder, divisor.reciprocal, quotient);
  }
  return quotient;
}

// To the nearest integer; the distance to it shows the halves, which the conversion rounds to even.
VERNIER_AVX512_INLINE __m512i rounded(__m512 value, Rounding rounding) {
  const __m512i nearest = _mm512_cvtps_epi32(value);
  if (rounding == Rounding::half_even) return nearest;
  const __m512 distance = _mm512_sub_ps(value, _mm512_cvtepi32_ps(nearest));
  const __m512i one = _mm512_set1_epi32(1);
  __mmask16 up = _mm512_cmp_ps_mask(distance, _mm512_set1_ps(0.5F), _CMP_EQ_OQ);
  if (rounding == Rounding::half_up) return _mm512_mask_add_epi32(nearest, up, nearest, one);
  const __mmask16 negative = _mm512_cmp_ps_mask(value, _mm512_setzero_ps(), _CMP_LT_OQ);
  const __mmask16 down = _mm512_cmp_ps_mask(distance, _mm512_set1_ps(-0.5F), _CMP_EQ_OQ);
  up = static_cast<__mmask16>(up & ~negative);
  const __m512i larger = _mm512_mask_add_epi32(nearest, up, nearest, one);
  return _mm512_mask_sub_epi32(larger, down & negative, larger, one);
}

using Bytes = std::array<std::int8_t, 64>;

// Each dword of a vector begins with `planes` bytes that are wanted; which bytes of a lane those
// are, and then which dwords of the vector.
constexpr Bytes wanted_bytes(std::int64_t planes) {
  Bytes bytes = {};
  for (std::int64_t i = 0; i < 64; ++i) {
    const std::int64_t at = i % 16;
    const bool taken = at < 4 * planes;
    bytes[static_cast<std::size_t>(i)] =
        static_cast<std::int8_t>(taken ? at / planes * 4 + at % planes : -1);
  }
  return bytes;
}
constexpr std::array<std::int32_t, 16> wanted_dwords(std::int32_t planes) {
  std::array<std::int32_t, 16> dwords = {};
  for (std::int32_t i = 0; i < 4 * planes; ++i)
    dwords[static_cast<std::size_t>(i)] = i / planes * 4 + i % planes;
  return dwords;
}
constexpr std::array<Bytes, most_planes> bytes_by_planes = {wanted_bytes(1), wanted_bytes(2),
                                                            wanted_bytes(3), wanted_bytes(4)};
constexpr std::array<std::array<std::int32_t, 16>, most_planes> dwords_by_planes = {
    wanted_dwords(1), wanted_dwords(2), wanted_dwords(3), wanted_dwords(4)};

// Planes that alternate in y: all of the sixteen pixels at once. Gives how many pixels are done.
template <int Planes>
VERNIER_AVX512 std::int64_t quantize_pixels(const QuantizeRow& row) {
  const std::int32_t zero = row.params.zero_point;
  const float scale = row.params.scale;
  const Divisor divisor{_mm512_set1_ps(scale), _mm512_set1_ps(1.0F / scale),
                        _mm512_set1_ps(scale * static_cast<float>(row.range.lo - zero)),
                        _mm512_set1_ps(scale * static_cast<float>(row.range.hi - zero))};
  const __m512i zero_point = _mm512_set1_epi32(zero);
  const __m512i bytes = _mm512_loadu_si512(bytes_by_planes[Planes - 1].data());
  const __m512i dwords = _mm512_loadu_si512(dwords_by_planes[Planes - 1].data());
  const auto lanes = static_cast<__mmask64>(~0ULL >> static_cast<unsigned>(64 - 16 * Planes));
  const auto* x = static_cast<const float*>(row.x);
  auto* y = static_cast<std::uint8_t*>(row.y);
  std::int64_t i = 0;
  for (; i + 16 <= row.count; i += 16) {
    __m512i pixels = _mm512_setzero_si512();
#pragma GCC unroll 4
    for (int plane = 0; plane < Planes; ++plane) {
      const __m512 real = _mm512_loadu_ps(x + plane * row.x_plane + i);
      const __m512i value =
          _mm512_add_epi32(rounded(divided(real, divisor), row.rounding), zero_point);
      pixels = _mm512_or_si512(pixels, _mm512_slli_epi32(value, 8U * plane));
    }
    pixels = _mm512_permutexvar_epi32(dwords, _mm512_shuffle_epi8(pixels, bytes));
    _mm512_mask_storeu_epi8(y + i * Planes, lanes, pixels);
  }
  return i;
}

// By the number of planes less one.
constexpr std::array quantizers = {quantize_pixels<1>, quantize_pixels<2>, quantize_pixels<3>,
                                   quantize_pixels<4>};
static_assert(quantizers.size() == most_planes);

// ---- Sums and products of two tensors.

// Differences of bytes become floats without a loss, and so do their products.
constexpr std::int32_t most_byte = 255;

VERNIER_AVX512_INLINE __m512 centred(const std::uint8_t* data, __m512i zero_point) {
  const __m512i stored =
      _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(data)));
  return _mm512_cvtepi32_ps(_mm512_sub_epi32(stored, zero_point));
}

template <bool Multiply>
VERNIER_AVX512 std::int64_t combine_sixteens(const Combine& step, const CombineRow& row) {
  const auto* a = static_cast<const std::uint8_t*>(row.a);
  const auto* b = static_cast<const std::uint8_t*>(row.b);
  auto* y = static_cast<std::uint8_t*>(row.y);
  const OutputRange& output = step.output;
  const __m512i a_zero_point = _mm512_set1_epi32(step.a_zero_point);
  const __m512i b_zero_point = _mm512_set1_epi32(step.b_zero_point);
  const __m512 multiplier = _mm512_set1_ps(step.requantizer.multiplier);
  const __m512 b_multiplier = _mm512_set1_ps(step.requantizer.addend_multiplier);
  const __m512 lo = _mm512_set1_ps(static_cast<float>(output.clamp.lo - output.zero_point));
  const __m512 hi = _mm512_set1_ps(static_cast<float>(output.clamp.hi - output.zero_point));
  const __m512i zero_point = _mm512_set1_epi32(output.zero_point);
  std::int64_t i = 0;
  for (; i + 16 <= row.count; i += 16) {
    const __m512 left = centred(a + i, a_zero_point);
    const __m512 right = centred(b + i, b_zero_point);
    __m512 value;
    if constexpr (Multiply) {
      value = _mm512_mul_ps(_mm512_mul_ps(left, right), multiplier);
    } else {
      value = _mm512_add_ps(_mm512_mul_ps(left, multiplier), _mm512_mul_ps(right, b_multiplier));
    }
    value = _mm512_min_ps(_mm512_max_ps(value, lo), hi);
    const __m512i bytes = _mm512_add_epi32(_mm512_cvtps_epi32(value), zero_point);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y + i), _mm512_cvtepi32_epi8(bytes));
  }
  return i;
}

bool is_byte(std::int32_t value) { return value >= 0 && value <= most_byte; }

bool combines_sixteens(const Combine& step, const CombineRow& row) {
  return row.a_element == Element::u8 && row.b_element == Element::u8 &&
         row.y_element == Element::u8 && row.a_step == 1 && row.b_step == 1 && row.y_step == 1 &&
         step.arithmetic == Requantization::floating && !step.fused && is_byte(step.a_zero_point) &&
         is_byte(step.b_zero_point);
}

// ---- Pools.

VERNIER_AVX512 void largest_of_64s(const PoolWindows& windows) {
  const std::int64_t rows = windows.rows;
  const std::int64_t columns = windows.columns;
  for (std::int64_t channel = 0; channel < windows.channels; channel += 64) {
    const std::int64_t count = std::min<std::int64_t>(windows.channels - channel, 64);
    const auto lanes = static_cast<__mmask64>(~0ULL >> static_cast<unsigned>(64 - count));
    const auto* x = static_cast<const std::uint8_t*>(windows.x) + channel;
    auto* y = static_cast<std::uint8_t*>(windows.y) + channel;
    for (std::int64_t i = 0; i < windows.count; ++i) {
      __m512i largest = _mm512_setzero_si512();
      for (std::int64_t row = 0; row < rows; ++row) {
        const std::uint8_t* pixel = x + row * windows.row_step;
        for (std::int64_t column = 0; column < columns; ++column) {
          largest = _mm512_max_epu8(largest, _mm512_maskz_loadu_epi8(lanes, pixel));
          pixel += windows.column_step;
        }
      }
      _mm512_mask_storeu_epi8(y, lanes, largest);
      x += windows.x_step;
      y += windows.y_step;
    }
  }
}

// ---- Tables.

// Two permutations of 128 bytes each, of which the top bit chooses. They need VBMI, which the first
// CPUs with VNNI lack.
[[gnu::target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")]]
void look_up_64s(const LookupRow& row) {
  const __m512i a = _mm512_loadu_si512(row.table);
  const __m512i b = _mm512_loadu_si512(row.table + 64);
  const __m512i c = _mm512_loadu_si512(row.table + 128);
  const __m512i d = _mm512_loadu_si512(row.table + 192);
  for (std::int64_t i = 0; i < row.count; i += 64) {
    const std::int64_t count = std::min<std::int64_t>(row.count - i, 64);
    const auto lanes = static_cast<__mmask64>(~0ULL >> static_cast<unsigned>(64 - count));
    const __m512i index = _mm512_maskz_loadu_epi8(lanes, row.x + i);
    const __m512i low = _mm512_permutex2var_epi8(a, index, b);
    const __m512i high = _mm512_permutex2var_epi8(c, index, d);
    _mm512_mask_storeu_epi8(row.y + i, lanes,
                            _mm512_mask_blend_epi8(_mm512_movepi8_mask(index), low, high));
  }
}

}  // namespace

void combine_avx512(const Combine& step, const CombineRow& row) {
  if (!combines_sixteens(step, row)) return kernels_avx2.combine(step, row);
  const std::int64_t done =
      step.multiply ? combine_sixteens<true>(step, row) : combine_sixteens<false>(step, row);
  CombineRow rest = row;
  rest.a = static_cast<const std::uint8_t*>(row.a) + done;
  rest.b = static_cast<const std::uint8_t*>(row.b) + done;
  rest.y = static_cast<std::uint8_t*>(row.y) + done;
  rest.count -= done;
  kernels_avx2.combine(step, rest);
}

void look_up_avx512(const LookupRow& row) {
  static const bool has_vbmi = __builtin_cpu_supports("avx512vbmi") != 0;
  if (!has_vbmi) return kernels_avx2.look_up(row);
  look_up_64s(row);
}

void quantize_avx512(const QuantizeRow& row) {
  constexpr std::int32_t most_quotient = 1 << 20;
  const bool alternate = row.planes <= most_planes && row.y_step == row.planes &&
                         (row.planes == 1 || row.y_plane == 1);
  if (row.affine != nullptr || row.element != Element::u8 || row.x_step != 1 || !alternate ||
      row.params.scale < least_scale || row.params.scale > most_scale ||
      std::abs(row.params.zero_point) > most_quotient) {
    return kernels_avx2.quantize(row);
  }
  const std::int64_t done = quantizers[static_cast<std::size_t>(row.planes - 1)](row);
  if (done == row.count) return;
  QuantizeRow rest = row;
  rest.x = static_cast<const float*>(row.x) + done;
  rest.y = static_cast<std::uint8_t*>(row.y) + done * row.y_step;
  rest.count -= done;
  kernels_avx2.quantize(rest);
}

void pool_avx512(const Pool& step, const PoolWindows& window) {
  if (step.average || window.x_element != Element::u8 || window.y_element != Element::u8) {
    return kernels_avx2.pool(step, window);
  }
  largest_of_64s(window);
}

}  // namespace vernier

#endif
