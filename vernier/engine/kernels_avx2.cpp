// Compiled without -mavx2: only the functions marked below may use AVX2, so that no inline function
// from a header is emitted with instructions that an older machine lacks.
//
// What no vector path is worth having for (16-bit activations, broadcast operands) goes to
// kernels_ref.

#if defined(__x86_64__)

#include <algorithm>

#include "vernier/engine/kernels_avx2_tiles.h"
#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

// ---- Element by element.

VERNIER_AVX2 std::int64_t combine_eights(const Combine& step, const CombineRow& row) {
  const auto* a = static_cast<const std::uint8_t*>(row.a);
  const auto* b = static_cast<const std::uint8_t*>(row.b);
  auto* y = static_cast<std::uint8_t*>(row.y);
  const Requantizer& r = step.requantizer;
  const bool floating = step.arithmetic == Requantization::floating;
  const EightMultipliers multipliers{floating ? _mm256_castps_si256(_mm256_set1_ps(r.multiplier))
                                              : _mm256_set1_epi32(r.integer_multiplier),
                                     floating
                                         ? _mm256_castps_si256(_mm256_set1_ps(r.addend_multiplier))
                                         : _mm256_set1_epi32(r.integer_addend_multiplier),
                                     _mm256_set1_epi32(r.shift)};
  const StoredBounds bounds = bounds_of(step.output);
  std::int64_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    __m256i sum = _mm256_sub_epi32(widened_bytes(a + i), _mm256_set1_epi32(step.a_zero_point));
    const __m256i other = row.b_step == 0 ? _mm256_set1_epi32(b[0]) : widened_bytes(b + i);
    __m256i addend = _mm256_sub_epi32(other, _mm256_set1_epi32(step.b_zero_point));
    if (step.multiply) {
      sum = _mm256_mullo_epi32(sum, addend);
      addend = _mm256_setzero_si256();
    }
    const __m256i result = requantize8(step.arithmetic, sum, addend, multipliers, bounds);
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + i), packed_eights(result));
  }
  return i;
}

VERNIER_AVX2 __m256 fused_sum(const FusedAddition& sum, __m256i a, __m256i b) {
  const __m256 inner = _mm256_fmadd_ps(_mm256_cvtepi32_ps(b), _mm256_set1_ps(sum.b_multiplier),
                                       _mm256_set1_ps(sum.offset));
  return _mm256_fmadd_ps(_mm256_cvtepi32_ps(a), _mm256_set1_ps(sum.a_multiplier), inner);
}

VERNIER_AVX2 __m256 fused_product(const FusedAddition& product, __m256i a, __m256i b) {
  const __m256 scaled = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_mullo_epi32(a, b)),
                                      _mm256_set1_ps(product.a_multiplier));
  return _mm256_add_ps(scaled, _mm256_set1_ps(product.offset));
}

VERNIER_AVX2 std::int64_t combine_fused_eights(const Combine& step, const CombineRow& row) {
  const auto* a = static_cast<const std::uint8_t*>(row.a);
  const auto* b = static_cast<const std::uint8_t*>(row.b);
  auto* y = static_cast<std::uint8_t*>(row.y);
  const OutputRange& output = step.output;
  const auto lo = static_cast<float>(output.clamp.lo - output.zero_point);
  const auto hi = static_cast<float>(output.clamp.hi - output.zero_point);
  std::int64_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    const __m256i left =
        _mm256_sub_epi32(widened_bytes(a + i), _mm256_set1_epi32(step.a_zero_point));
    const __m256i other = row.b_step == 0 ? _mm256_set1_epi32(b[0]) : widened_bytes(b + i);
    const __m256i right = _mm256_sub_epi32(other, _mm256_set1_epi32(step.b_zero_point));
    const __m256 value = step.multiply ? fused_product(*step.fused, left, right)
                                       : fused_sum(*step.fused, left, right);
    const __m256 inside =
        _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(lo)), _mm256_set1_ps(hi));
    const __m256i result =
        _mm256_add_epi32(_mm256_cvtps_epi32(inside), _mm256_set1_epi32(output.zero_point));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + i), packed_eights(result));
  }
  return i;
}

void combine(const Combine& step, const CombineRow& row) {
  CombineRow rest = row;
  const bool bytes =
      row.a_element == Element::u8 && row.b_element == Element::u8 && row.y_element == Element::u8;
  if (bytes && row.a_step == 1 && row.b_step <= 1 && row.y_step == 1 && !step.rescaled) {
    const std::int64_t done =
        step.fused ? combine_fused_eights(step, row) : combine_eights(step, row);
    rest.a = static_cast<const std::uint8_t*>(row.a) + done;
    rest.b = static_cast<const std::uint8_t*>(row.b) + done * row.b_step;
    rest.y = static_cast<std::uint8_t*>(row.y) + done;
    rest.count -= done;
  }
  kernels_ref.combine(step, rest);
}

VERNIER_AVX2 std::int64_t largest_of_16s(const PoolWindows& window, std::int64_t number) {
  const auto* x = static_cast<const std::uint8_t*>(window.x) + number * window.x_step;
  auto* y = static_cast<std::uint8_t*>(window.y) + number * window.y_step;
  std::int64_t channel = 0;
  for (; channel + 16 <= window.channels; channel += 16) {
    __m128i largest = _mm_setzero_si128();
    for (std::int64_t row = 0; row < window.rows; ++row) {
      const std::uint8_t* pixel = x + row * window.row_step + channel;
      for (std::int64_t column = 0; column < window.columns; ++column) {
        largest = _mm_max_epu8(largest, _mm_loadu_si128(reinterpret_cast<const __m128i*>(pixel)));
        pixel += window.column_step;
      }
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y + channel), largest);
  }
  return channel;
}

VERNIER_AVX2 std::int64_t average_of_8s(const Pool& step, const PoolWindows& window,
                                        std::int64_t number) {
  const auto* x = static_cast<const std::uint8_t*>(window.x) + number * window.x_step;
  auto* y = static_cast<std::uint8_t*>(window.y) + number * window.y_step;
  const Requantizer& r = *window.requantizer;
  const bool floating = step.arithmetic == Requantization::floating;
  const EightMultipliers multipliers{floating ? _mm256_castps_si256(_mm256_set1_ps(r.multiplier))
                                              : _mm256_set1_epi32(r.integer_multiplier),
                                     _mm256_setzero_si256(), _mm256_set1_epi32(r.shift)};
  std::int64_t channel = 0;
  for (; channel + 8 <= window.channels; channel += 8) {
    __m256i sum = _mm256_setzero_si256();
    for (std::int64_t row = 0; row < window.rows; ++row) {
      const std::uint8_t* pixel = x + row * window.row_step + channel;
      for (std::int64_t column = 0; column < window.columns; ++column) {
        sum = _mm256_add_epi32(sum, widened_bytes(pixel));
        sum = _mm256_sub_epi32(sum, _mm256_set1_epi32(step.x_zero_point));
        pixel += window.column_step;
      }
    }
    const __m256i result = requantize8(step.arithmetic, sum, _mm256_setzero_si256(), multipliers,
                                       bounds_of(step.output));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + channel), packed_eights(result));
  }
  return channel;
}

void pool(const Pool& step, const PoolWindows& windows) {
  PoolWindows rest = windows;
  if (windows.x_element == Element::u8 && windows.y_element == Element::u8 && !step.mean &&
      !step.quotient) {
    std::int64_t done = 0;
    for (std::int64_t i = 0; i < windows.count; ++i)
      done = step.average ? average_of_8s(step, windows, i) : largest_of_16s(windows, i);
    rest.x = static_cast<const std::uint8_t*>(windows.x) + done;
    rest.y = static_cast<std::uint8_t*>(windows.y) + done;
    rest.channels -= done;
  }
  if (rest.channels > 0) kernels_ref.pool(step, rest);
}

// To the nearest integer. The distance to it is exact for what the clamp lets through, and shows
// the halves, which the instruction rounds to even.
VERNIER_AVX2_INLINE __m256 rounded(__m256 value, Rounding rounding) {
  const __m256 nearest = _mm256_round_ps(value, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
  if (rounding == Rounding::half_even) return nearest;
  const __m256 half = _mm256_set1_ps(0.5F);
  const __m256 one = _mm256_set1_ps(1.0F);
  const __m256 distance = _mm256_sub_ps(value, nearest);
  const __m256 too_low = _mm256_cmp_ps(distance, half, _CMP_EQ_OQ);
  const __m256 up = _mm256_add_ps(nearest, _mm256_and_ps(too_low, one));
  if (rounding == Rounding::half_up) return up;
  const __m256 too_high = _mm256_cmp_ps(distance, _mm256_set1_ps(-0.5F), _CMP_EQ_OQ);
  const __m256 down = _mm256_sub_ps(nearest, _mm256_and_ps(too_high, one));
  return _mm256_blendv_ps(up, down, value);  // by the sign of the value
}

VERNIER_AVX2_INLINE __m256i divided_and_rounded(const QuantizeRow& row, __m256 value) {
  const auto lo = static_cast<float>(row.range.lo - row.params.zero_point);
  const auto hi = static_cast<float>(row.range.hi - row.params.zero_point);
  value = _mm256_div_ps(value, _mm256_set1_ps(row.params.scale));
  // A NaN is the first operand here, so that the second one is taken.
  value = _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(lo)), _mm256_set1_ps(hi));
  return _mm256_add_epi32(_mm256_cvtps_epi32(rounded(value, row.rounding)),
                          _mm256_set1_epi32(row.params.zero_point));
}

VERNIER_AVX2_INLINE __m128i quantized(const QuantizeRow& row, const float* x) {
  const __m256 value = _mm256_loadu_ps(x);
  if (row.affine == nullptr) return packed_eights(divided_and_rounded(row, value));
  return packed_eights(
      round_affine8(*row.affine, value, {row.range.lo, row.range.lo, row.range.hi}));
}

VERNIER_AVX2 std::int64_t quantize_eights(const QuantizeRow& row) {
  const auto* x = static_cast<const float*>(row.x);
  auto* y = static_cast<std::uint8_t*>(row.y);
  std::int64_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    std::array<std::uint8_t, 8> values;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(values.data()), quantized(row, x + i));
    for (std::int64_t lane = 0; lane < 8; ++lane) {
      y[(i + lane) * row.y_step] = values[static_cast<std::size_t>(lane)];
    }
  }
  return i;
}

// Bytes 0 to 15 and 16 to 23 of eight pixels of three planes: from which pixel each comes, of the
// plane whose turn it is.
constexpr std::int64_t picture_planes = 3;
constexpr std::array<std::int8_t, 32> picture_places(std::int64_t plane) {
  std::array<std::int8_t, 32> places = {};
  for (std::int64_t i = 0; i < 32; ++i) {
    const bool taken = i % picture_planes == plane && i < 8 * picture_planes;
    places[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(taken ? i / picture_planes : -1);
  }
  return places;
}
constexpr std::array<std::array<std::int8_t, 32>, picture_planes> spread_places = {
    picture_places(0), picture_places(1), picture_places(2)};

// The three colours of a picture, which alternate in y. Gives how many pixels are done.
VERNIER_AVX2 std::int64_t quantize_picture(const QuantizeRow& row) {
  const auto* x = static_cast<const float*>(row.x);
  auto* y = static_cast<std::uint8_t*>(row.y);
  std::int64_t i = 0;
  for (; i + 8 <= row.count; i += 8, y += 8 * picture_planes) {
    __m256i bytes = _mm256_setzero_si256();
#pragma GCC unroll 3
    for (std::size_t plane = 0; plane < picture_planes; ++plane) {
      const __m128i values = quantized(row, x + static_cast<std::int64_t>(plane) * row.x_plane + i);
      bytes = _mm256_or_si256(bytes, _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(values),
                                                         load256(&spread_places[plane])));
    }
    _mm_storeu_si128(reinterpret_cast<__m128i*>(y), _mm256_castsi256_si128(bytes));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + 16), _mm256_extracti128_si256(bytes, 1));
  }
  return i;
}

// The row behind its first pixels.
QuantizeRow rest_of(QuantizeRow row, std::int64_t pixels) {
  row.x = static_cast<const float*>(row.x) + pixels;
  row.y = static_cast<std::uint8_t*>(row.y) + pixels * row.y_step;
  row.count -= pixels;
  return row;
}

void quantize(const QuantizeRow& row) {
  if (row.element != Element::u8 || row.x_step != 1) return kernels_ref.quantize(row);
  if (row.planes == picture_planes && row.y_step == picture_planes && row.y_plane == 1) {
    return kernels_ref.quantize(rest_of(row, quantize_picture(row)));
  }
  for (std::int64_t plane = 0; plane < row.planes; ++plane) {
    QuantizeRow one = row;
    one.planes = 1;
    one.x = static_cast<const float*>(row.x) + plane * row.x_plane;
    one.y = static_cast<std::uint8_t*>(row.y) + plane * row.y_plane;
    kernels_ref.quantize(rest_of(one, quantize_eights(one)));
  }
}

void dequantize(const QuantizeRow& row) { kernels_ref.dequantize(row); }

// Sixteen tables of sixteen bytes: the shuffle gives zero where the top bit of an index is set,
// which a saturating addition brings about for all that are not 0..15.
VERNIER_AVX2 std::int64_t look_up_32s(const LookupRow& row) {
  __m256i tables[16];
  for (int k = 0; k < 16; ++k) {
    tables[k] = _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(row.table + k * 16)));
  }
  std::int64_t i = 0;
  for (; i + 32 <= row.count; i += 32) {
    __m256i index = load256(row.x + i);
    __m256i result = _mm256_setzero_si256();
#pragma GCC unroll 16
    for (int k = 0; k < 16; ++k) {
      const __m256i place = _mm256_adds_epu8(index, _mm256_set1_epi8(0x70));
      result = _mm256_or_si256(result, _mm256_shuffle_epi8(tables[k], place));
      index = _mm256_sub_epi8(index, _mm256_set1_epi8(16));
    }
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(row.y + i), result);
  }
  return i;
}

void look_up(const LookupRow& row) {
  const std::int64_t done = look_up_32s(row);
  kernels_ref.look_up({row.x + done, row.y + done, row.table, row.count - done});
}

}  // namespace

VERNIER_AVX2 void expand_avx2(const NibbleRow& row) {
  const std::byte* nibbles = row.nibbles;
  std::int8_t* weights = row.weights;
  for (std::int64_t quad = 0; quad < row.quads; quad += 2) {
    const NibbleHalves first = nibble_halves(nibbles);
    const NibbleHalves second = nibble_halves(nibbles + 32);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights), first.low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + 32), second.low);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + 64), first.high);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(weights + 96), second.high);
    nibbles += quad_weights;
    weights += 2 * quad_weights;
  }
}

namespace {

bool has_avx2() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
}

}  // namespace

const Kernels kernels_avx2 = {.isa = "avx2",
                              .supported = has_avx2,
                              .prepare = grouped_by_8,
                              .convolve = convolve_avx2,
                              .convolve_depthwise = convolve_depthwise_avx2,
                              .combine = combine,
                              .pool = pool,
                              .quantize = quantize,
                              .dequantize = dequantize,
                              .look_up = look_up,
                              .expand = expand_avx2};

}  // namespace vernier

#endif
