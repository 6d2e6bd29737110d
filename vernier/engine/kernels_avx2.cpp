// Compiled without -mavx2: only the functions marked below may use AVX2, so that no inline function
// from a header is emitted with instructions that an older machine lacks.
//
// Exact 8-bit products: both operands are widened to 16 bits and multiplied by vpmaddwd, whose sums
// of two products cannot saturate. vpmaddubsw, which needs half the instructions, would: 255 * 127
// * 2 leaves 16 bits. Where no weight of a step is beyond 64, as with weights of 7 bits, it does
// not: 255 * 64 * 2 = 32640; such a step takes it.
//
// What no vector path is worth having for (16-bit activations, broadcast operands) goes to
// kernels_ref.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2.h"

#include <algorithm>

namespace vernier {
namespace {

// ---- Convolution: a tile of up to five pixels by eight channels: ten sums, two weights, x
// and a product fill the sixteen registers.

constexpr std::size_t tile_pixels = 5;
// Sixteen weights: four neighbours of four channels.
template <typename Weight>
VERNIER_AVX2_INLINE __m256i widened_weights(const Weight* weights) {
  if constexpr (sizeof(Weight) == 1) {
    return _mm256_cvtepi8_epi16(_mm_load_si128(reinterpret_cast<const __m128i*>(weights)));
  } else {
    return _mm256_load_si256(reinterpret_cast<const __m256i*>(weights));
  }
}

// Four neighbours of x as 16-bit numbers, four times over.
VERNIER_AVX2_INLINE __m256i widened_quad(const std::uint8_t* x) {
  std::int32_t quad;
  std::memcpy(&quad, x, sizeof(quad));
  return _mm256_unpacklo_epi8(_mm256_set1_epi32(quad), _mm256_setzero_si256());
}

template <int Pixels, typename Weight>
VERNIER_AVX2 void convolve_tile(const PixelTile& tile) {
  __m256i low[Pixels];   // of channels 0 to 3, two partial sums each
  __m256i high[Pixels];  // of channels 4 to 7
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) low[i] = high[i] = _mm256_setzero_si256();
  const auto* weights = static_cast<const Weight*>(tile.weights);
  const std::int64_t length = tile.step->run_length;
  for (const std::int64_t run : tile.step->runs) {
    for (std::int64_t k = 0; k < length; k += 4) {
      const __m256i low_weights = widened_weights(weights);
      const __m256i high_weights = widened_weights(weights + 16);
      weights += quad_weights;
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i) {
        const __m256i x = widened_quad(tile.x[static_cast<std::size_t>(i)] + run + k);
        low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(x, low_weights));
        high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(x, high_weights));
      }
    }
  }
  __m256i sums[Pixels];
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    // hadd gives channels 0 1 4 5 | 2 3 6 7.
    sums[i] = _mm256_permute4x64_epi64(_mm256_hadd_epi32(low[i], high[i]), 0xD8);
  }
  finish_pixels(*tile.pointers, tile.targets.data(), 0, sums);
}

// ---- Convolution with small weights: a tile of up to five pixels by sixteen channels.

constexpr std::int8_t most_small_weight = 64;
constexpr std::int64_t least_pixels = 16;

VERNIER_AVX2_INLINE __m256i with_quad(__m256i sum, __m256i x, __m256i weights) {
  const __m256i pairs = _mm256_maddubs_epi16(x, weights);
  return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

template <int Pixels>
VERNIER_AVX2 void convolve_small_tile(const PixelTile& tile) {
  __m256i low[Pixels];   // of channels 0 to 7
  __m256i high[Pixels];  // of channels 8 to 15
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) low[i] = high[i] = _mm256_setzero_si256();
  const auto* weights = static_cast<const std::int8_t*>(tile.weights);
  const std::int64_t length = tile.step->run_length;
  for (const std::int64_t run : tile.step->runs) {
    for (std::int64_t k = 0; k < length; k += 4) {
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i) {
        const __m256i x = broadcast_quad(tile.x[static_cast<std::size_t>(i)] + run + k);
        low[i] = with_quad(low[i], x, load256(weights));
        high[i] = with_quad(high[i], x, load256(weights + 32));
      }
      weights += quad_weights;
    }
  }
  finish_pixels(*tile.pointers, tile.targets.data(), 0, low);
  finish_pixels(*tile.pointers, tile.targets.data(), 8, high);
}

// Weights of 4 bits, for one tile alone: four products fit into 16 bits, 4 * 255 * 8 = 8160.
template <int Pixels>
VERNIER_AVX2 void convolve_nibble_tile(const PixelTile& tile) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i low[Pixels];   // of channels 0 to 7
  __m256i high[Pixels];  // of channels 8 to 15
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) low[i] = high[i] = _mm256_setzero_si256();
  const auto* nibbles = static_cast<const std::byte*>(tile.weights);
  const std::int64_t run = tile.step->runs[0];
  const std::int64_t length = tile.step->run_length;
  for (std::int64_t k = 0; k < length; k += 8) {
    const NibbleHalves first = nibble_halves(nibbles);
    const NibbleHalves second = nibble_halves(nibbles + 32);
    nibbles += quad_weights;
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i) {
      const std::uint8_t* x = tile.x[static_cast<std::size_t>(i)] + run + k;
      const __m256i even = broadcast_quad(x);
      const __m256i odd = broadcast_quad(x + 4);
      const __m256i low_pairs = _mm256_add_epi16(_mm256_maddubs_epi16(even, first.low),
                                                 _mm256_maddubs_epi16(odd, first.high));
      const __m256i high_pairs = _mm256_add_epi16(_mm256_maddubs_epi16(even, second.low),
                                                  _mm256_maddubs_epi16(odd, second.high));
      low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(low_pairs, ones));
      high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(high_pairs, ones));
    }
  }
  finish_pixels(*tile.pointers, tile.targets.data(), 0, low);
  finish_pixels(*tile.pointers, tile.targets.data(), 8, high);
}

// Of all groups, padding included.
std::int64_t packed_weights(const Convolve& step) {
  return step.groups * panels_of(step.sizes.channels) * quads_of(step) * quad_weights;
}

VERNIER_AVX2 bool are_small(const std::int8_t* weights, std::int64_t count) {
  __m256i lowest = _mm256_setzero_si256();
  __m256i highest = _mm256_setzero_si256();
  for (std::int64_t i = 0; i < count; i += 32) {
    const __m256i values = load256(weights + i);
    lowest = _mm256_min_epi8(lowest, values);
    highest = _mm256_max_epi8(highest, values);
  }
  const __m256i most = _mm256_set1_epi8(most_small_weight);
  const __m256i least = _mm256_set1_epi8(-most_small_weight);
  const __m256i beyond =
      _mm256_or_si256(_mm256_cmpgt_epi8(highest, most), _mm256_cmpgt_epi8(least, lowest));
  return _mm256_testz_si256(beyond, beyond) != 0;
}

}  // namespace

bool has_small_weights(const Convolve& step, const ConvolutionPointers& pointers) {
  if (pointers.weight_element == WeightElement::s4) return true;
  return step.sizes.rows * step.sizes.columns >= least_pixels &&
         are_small(static_cast<const std::int8_t*>(pointers.weights), packed_weights(step));
}

namespace {

using TileFunction = void (*)(const PixelTile&);
template <typename Weight>
constexpr std::array<TileFunction, tile_pixels> tile_functions = {
    convolve_tile<1, Weight>, convolve_tile<2, Weight>, convolve_tile<3, Weight>,
    convolve_tile<4, Weight>, convolve_tile<5, Weight>};
constexpr std::array<TileFunction, tile_pixels> small_tile_functions = {
    convolve_small_tile<1>, convolve_small_tile<2>, convolve_small_tile<3>, convolve_small_tile<4>,
    convolve_small_tile<5>};
constexpr std::array<TileFunction, 2> nibble_tile_functions = {convolve_nibble_tile<1>,
                                                               convolve_nibble_tile<2>};

void convolve(const Convolve& step, const ConvolutionPointers& pointers,
              const ConvolutionPart& part) {
  if (!is_8_bit(pointers)) return kernels_ref.convolve(step, pointers, part);
  if (pointers.weight_element == WeightElement::s16) {
    convolve_tiles({8, 2, tile_functions<std::int16_t>, {}}, step, pointers, part);
  } else if (has_small_weights(step, pointers)) {
    convolve_tiles({16, 1, small_tile_functions, nibble_tile_functions}, step, pointers, part);
  } else {
    convolve_tiles({8, 1, tile_functions<std::int8_t>, {}}, step, pointers, part);
  }
}

// ---- Depthwise: eight channels at a time, four taps of a kernel column to a multiplication.

// Behind the last row stand weights of zero.
template <typename Weight>
VERNIER_AVX2 void sums_of_row(const DepthwiseRow& pixels, std::int32_t* sums) {
  const TapGrid& taps = *pixels.taps;
  const std::int64_t column_weights = (taps.rows + 3) / 4 * quad_weights;
  for (std::int64_t row = 0; row < taps.rows; row += 4) {
    const FourRows rows = four_rows(taps, row);
    for (std::int64_t i = 0; i < pixels.count; ++i) {
      const std::uint8_t* x = pixels.x + i * pixels.x_step;
      const auto* weights = static_cast<const Weight*>(pixels.weights) + row * panel_channels;
      __m256i low = _mm256_setzero_si256();   // of channels 0 to 3: two sums of two taps each
      __m256i high = _mm256_setzero_si256();  // of channels 4 to 7
      for (std::int64_t column = 0; column < taps.columns; ++column) {
        const ChannelTaps four = load_taps(x, rows);
        low = _mm256_add_epi32(
            low, _mm256_madd_epi16(_mm256_cvtepu8_epi16(four.low), widened_weights(weights)));
        high = _mm256_add_epi32(high, _mm256_madd_epi16(_mm256_cvtepu8_epi16(four.high),
                                                        widened_weights(weights + 16)));
        x += taps.column;
        weights += column_weights;
      }
      __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xD8);
      if (row > 0) sum = _mm256_add_epi32(sum, load256(sums + i * 8));
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + i * 8), sum);
    }
  }
}

void convolve_depthwise(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                        const ConvolutionPart& part) {
  if (!is_8_bit(pointers)) return kernels_ref.convolve_depthwise(step, pointers, part);
  const bool wide = pointers.weight_element == WeightElement::s16;
  convolve_depthwise_eights(wide ? sums_of_row<std::int16_t> : sums_of_row<std::int8_t>, step,
                            pointers, part);
}

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

VERNIER_AVX2 std::int64_t largest_of_16s(const PoolWindow& window) {
  const auto* x = static_cast<const std::uint8_t*>(window.x);
  auto* y = static_cast<std::uint8_t*>(window.y);
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

VERNIER_AVX2 std::int64_t average_of_8s(const Pool& step, const PoolWindow& window) {
  const auto* x = static_cast<const std::uint8_t*>(window.x);
  auto* y = static_cast<std::uint8_t*>(window.y);
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

void pool(const Pool& step, const PoolWindow& window) {
  PoolWindow rest = window;
  if (window.x_element == Element::u8 && window.y_element == Element::u8) {
    const std::int64_t done = step.mean || step.quotient ? 0
                              : step.average             ? average_of_8s(step, window)
                                                         : largest_of_16s(window);
    rest.x = static_cast<const std::uint8_t*>(window.x) + done;
    rest.y = static_cast<std::uint8_t*>(window.y) + done;
    rest.channels -= done;
  }
  kernels_ref.pool(step, rest);
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

VERNIER_AVX2 std::int64_t quantize_eights(const QuantizeRow& row) {
  const auto* x = static_cast<const float*>(row.x);
  auto* y = static_cast<std::uint8_t*>(row.y);
  std::int64_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    const __m256 value = _mm256_loadu_ps(x + i);
    const __m128i bytes = packed_eights(
        row.affine == nullptr
            ? divided_and_rounded(row, value)
            : round_affine8(*row.affine, value, {row.range.lo, row.range.lo, row.range.hi}));
    std::array<std::uint8_t, 8> values;
    _mm_storel_epi64(reinterpret_cast<__m128i*>(values.data()), bytes);
    for (std::int64_t lane = 0; lane < 8; ++lane) {
      y[(i + lane) * row.y_step] = values[static_cast<std::size_t>(lane)];
    }
  }
  return i;
}

void quantize(const QuantizeRow& row) {
  if (row.element != Element::u8 || row.x_step != 1) return kernels_ref.quantize(row);
  for (std::int64_t plane = 0; plane < row.planes; ++plane) {
    QuantizeRow rest = row;
    rest.planes = 1;
    rest.x = static_cast<const float*>(row.x) + plane * row.x_plane;
    rest.y = static_cast<std::uint8_t*>(row.y) + plane * row.y_plane;
    const std::int64_t done = quantize_eights(rest);
    rest.x = static_cast<const float*>(rest.x) + done;
    rest.y = static_cast<std::uint8_t*>(rest.y) + done * row.y_step;
    rest.count -= done;
    kernels_ref.quantize(rest);
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
                              .convolve = convolve,
                              .convolve_depthwise = convolve_depthwise,
                              .combine = combine,
                              .pool = pool,
                              .quantize = quantize,
                              .dequantize = dequantize,
                              .look_up = look_up,
                              .expand = expand_avx2};

}  // namespace vernier

#endif
