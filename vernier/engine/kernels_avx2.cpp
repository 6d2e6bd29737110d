// Compiled without -mavx2: only the functions marked below may use AVX2, so that no inline function
// from a header is emitted with instructions that an older machine lacks.
//
// Exact 8-bit products: both operands are widened to 16 bits and multiplied by vpmaddwd, whose sums
// of two products cannot saturate. (vpmaddubsw would: 255 * 127 * 2 leaves 16 bits.)
//
// What no vector path is worth having for (16-bit activations, broadcast operands) goes to
// kernels_ref.

#if defined(__x86_64__)

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "vernier/engine/kernels.h"

#define VERNIER_AVX2 [[gnu::target("avx2")]]
#define VERNIER_AVX2_INLINE [[gnu::target("avx2"), gnu::always_inline]] inline

namespace vernier {
namespace {

// ---- From eight sums to eight stored integers.

// One number for each of eight channels, as the arithmetic has them.
struct Multipliers {
  __m256i sum;
  __m256i addend;
  __m256i shift;
};

struct Bounds {
  std::int32_t zero_point;
  std::int32_t lo;
  std::int32_t hi;
};

VERNIER_AVX2_INLINE __m256i load256(const void* data) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(data));
}

VERNIER_AVX2_INLINE __m256i requantize_floating(__m256i sum, __m256i addend, const Multipliers& m,
                                                const Bounds& bounds) {
  __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_castsi256_ps(m.sum));
  value = _mm256_add_ps(value,
                        _mm256_mul_ps(_mm256_cvtepi32_ps(addend), _mm256_castsi256_ps(m.addend)));
  const auto lo = static_cast<float>(bounds.lo - bounds.zero_point);
  const auto hi = static_cast<float>(bounds.hi - bounds.zero_point);
  value = _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(lo)), _mm256_set1_ps(hi));
  return _mm256_add_epi32(_mm256_cvtps_epi32(value), _mm256_set1_epi32(bounds.zero_point));
}

// Four 64-bit values: rounded half up by an arithmetic shift, which AVX2 lacks for 64 bits, so that
// the sign is moved out of the way first.
VERNIER_AVX2_INLINE __m256i shifted_and_clamped(__m256i value, __m256i shift,
                                                const Bounds& bounds) {
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

VERNIER_AVX2_INLINE __m256i requantize_integer(__m256i sum, __m256i addend, const Multipliers& m,
                                               const Bounds& bounds) {
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

VERNIER_AVX2_INLINE __m256i requantize8(Requantization arithmetic, __m256i sum, __m256i addend,
                                        const Multipliers& m, const Bounds& bounds) {
  return arithmetic == Requantization::floating ? requantize_floating(sum, addend, m, bounds)
                                                : requantize_integer(sum, addend, m, bounds);
}

// Eight integers of 0..255 as bytes, in the low half.
VERNIER_AVX2_INLINE __m128i packed_bytes(__m256i values) {
  const __m128i words =
      _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
  return _mm_packus_epi16(words, words);
}

VERNIER_AVX2_INLINE __m256i widened_bytes(const std::uint8_t* data) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(data)));
}

VERNIER_AVX2_INLINE Bounds bounds_of(const OutputRange& output) {
  return {output.zero_point, output.clamp.lo, output.clamp.hi};
}

// Eight channels that begin at `channel` of one pixel, of which `count` exist.
struct Target {
  std::int64_t y;
  std::int64_t addend;
  std::int64_t packed;
  std::int64_t channel_step;  // of y
  std::int64_t count;
};

VERNIER_AVX2_INLINE void finish_float(const ConvolutionPointers& pointers, const Target& target,
                                      __m256i sum) {
  const Epilogue& epilogue = *pointers.arrays.epilogue;
  const float* scales = static_cast<const float*>(pointers.arrays.multipliers) + target.packed;
  __m256 value = _mm256_mul_ps(_mm256_cvtepi32_ps(sum), _mm256_loadu_ps(scales));
  // In this order of operands an equal value stays itself, the sign of a zero included.
  value = _mm256_max_ps(_mm256_set1_ps(epilogue.lo), value);
  value = _mm256_min_ps(_mm256_set1_ps(epilogue.hi), value);
  alignas(32) std::array<float, 8> values;
  _mm256_store_ps(values.data(), value);
  float* y = static_cast<float*>(pointers.y) + target.y;
  for (std::int64_t i = 0; i < target.count; ++i) {
    y[i * target.channel_step] = values[static_cast<std::size_t>(i)];
  }
}

VERNIER_AVX2_INLINE void finish_bytes(const ConvolutionPointers& pointers, const Target& target,
                                      __m256i sum) {
  const EpilogueArrays& arrays = pointers.arrays;
  const Epilogue& epilogue = *arrays.epilogue;
  const bool integer = epilogue.arithmetic != Requantization::floating;
  const auto at = [&](const void* numbers) {
    return static_cast<const std::int32_t*>(numbers) + target.packed;
  };
  Multipliers multipliers{load256(at(arrays.multipliers)), _mm256_setzero_si256(),
                          _mm256_setzero_si256()};
  if (integer) multipliers.shift = load256(at(arrays.shifts));
  __m256i addend = _mm256_setzero_si256();
  if (pointers.addend != nullptr) {
    multipliers.addend = load256(at(arrays.addend_multipliers));
    addend = _mm256_sub_epi32(
        widened_bytes(static_cast<const std::uint8_t*>(pointers.addend) + target.addend),
        _mm256_set1_epi32(epilogue.addend_zero_point));
  }
  const __m128i bytes = packed_bytes(
      requantize8(epilogue.arithmetic, sum, addend, multipliers, bounds_of(epilogue.output)));
  std::uint8_t* y = static_cast<std::uint8_t*>(pointers.y) + target.y;
  if (target.count == 8) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y), bytes);
  } else {
    const auto low = static_cast<std::uint64_t>(_mm_cvtsi128_si64(bytes));
    std::memcpy(y, &low, static_cast<std::size_t>(target.count));
  }
}

VERNIER_AVX2_INLINE void finish8(const ConvolutionPointers& pointers, const Target& target,
                                 __m256i sum) {
  sum = _mm256_add_epi32(sum, load256(pointers.arrays.bias + target.packed));
  if (pointers.y_element == Element::f32) {
    finish_float(pointers, target, sum);
  } else {
    finish_bytes(pointers, target, sum);
  }
}

bool is_8_bit(const ConvolutionPointers& pointers) {
  return pointers.x_element == Element::u8 && pointers.y_element != Element::i16 &&
         (pointers.addend == nullptr || pointers.addend_element == Element::u8);
}

// ---- Convolution: a tile of up to five pixels by eight channels: ten sums, two weights, x
// and a product fill the sixteen registers.

constexpr std::int64_t tile_pixels = 5;
constexpr std::int64_t panel_channels = 16;
constexpr std::int64_t quad_weights = panel_channels * 4;
// Pixels that every panel of weights is applied to before the next one is fetched: their inputs
// stay in the nearest cache meanwhile.
constexpr std::int64_t block_pixels = 16 * tile_pixels;

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

struct Tile {
  const Convolve* step;
  const ConvolutionPointers* pointers;
  const void* weights;  // of eight channels of a panel
  std::array<const std::uint8_t*, tile_pixels> x;
  std::array<Target, tile_pixels> targets;
};

template <int Pixels, typename Weight>
VERNIER_AVX2 void convolve_tile(const Tile& tile) {
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
#pragma GCC unroll 1
  for (int i = 0; i < Pixels; ++i) {
    finish8(*tile.pointers, tile.targets[static_cast<std::size_t>(i)], sums[i]);
  }
}

using TileFunction = void (*)(const Tile&);
template <typename Weight>
constexpr std::array<TileFunction, tile_pixels> tile_functions = {
    convolve_tile<1, Weight>, convolve_tile<2, Weight>, convolve_tile<3, Weight>,
    convolve_tile<4, Weight>, convolve_tile<5, Weight>};

// Eight channels, from `channel` of the group on, of the pixels first..end-1.
struct Strip {
  std::int64_t group;
  std::int64_t channel;
  std::int64_t first;
  std::int64_t end;
};

template <typename Weight>
void convolve_strip(const Convolve& step, const ConvolutionPointers& pointers, const Strip& strip) {
  const std::int64_t panels = (step.sizes.channels + panel_channels - 1) / panel_channels;
  const std::int64_t panel_size =
      static_cast<std::int64_t>(step.runs.size()) * ((step.run_length + 3) / 4) * quad_weights;
  const std::int64_t packed = strip.group * panels * panel_channels + strip.channel;
  const std::int64_t lane = strip.group * step.sizes.channels + strip.channel;
  const Image addend = step.addend.value_or(Image{});
  Tile tile{&step,
            &pointers,
            static_cast<const Weight*>(pointers.weights) + packed / panel_channels * panel_size +
                packed % panel_channels * 4,
            {},
            {}};
  const auto* x = static_cast<const std::uint8_t*>(pointers.x) + strip.group * step.group_step;
  // Tiles as even as possible, so that none is left with a single pixel.
  const std::int64_t tiles = (strip.end - strip.first + tile_pixels - 1) / tile_pixels;
  std::int64_t pixel = strip.first;
  for (std::int64_t left = tiles; left > 0; --left) {
    const auto count = static_cast<std::size_t>((strip.end - pixel + left - 1) / left);
    for (std::size_t i = 0; i < count; ++i, ++pixel) {
      const std::int64_t row = pixel / step.sizes.columns;
      const std::int64_t column = pixel % step.sizes.columns;
      tile.x[i] = x + row * step.x.row + column * step.x.column;
      tile.targets[i] = {.y = row * step.y.row + column * step.y.column + lane * step.y.channel,
                         .addend = row * addend.row + column * addend.column + lane,
                         .packed = packed,
                         .channel_step = step.y.channel,
                         .count = std::min<std::int64_t>(8, step.sizes.channels - strip.channel)};
    }
    tile_functions<Weight>[count - 1](tile);
  }
}

void convolve(const Convolve& step, const ConvolutionPointers& pointers,
              const ConvolutionPart& part) {
  if (!is_8_bit(pointers)) return kernels_ref.convolve(step, pointers, part);
  const auto strip = step.wide_weights ? convolve_strip<std::int16_t> : convolve_strip<std::int8_t>;
  const std::int64_t end = part.end_row * step.sizes.columns;
  const std::int64_t end_channel = std::min(part.end_panel * panel_channels, step.sizes.channels);
  for (std::int64_t group = 0; group < step.groups; ++group) {
    for (std::int64_t first = part.first_row * step.sizes.columns; first < end;
         first += block_pixels) {
      for (std::int64_t channel = part.first_panel * panel_channels; channel < end_channel;
           channel += 8) {
        strip(step, pointers, {group, channel, first, std::min(first + block_pixels, end)});
      }
    }
  }
}

// ---- Depthwise: eight channels at a time, four taps of a kernel column to a multiplication.

VERNIER_AVX2_INLINE __m128i load64(const std::uint8_t* data) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(data));
}

// Sums of two taps for each of eight channels: first the lower two, then the upper two.
struct TapSums {
  __m256i low;   // of channels 0 to 3
  __m256i high;  // of channels 4 to 7
};

template <typename Weight>
VERNIER_AVX2_INLINE void add_taps(const std::array<const std::uint8_t*, 4>& rows,
                                  const Weight* weights, TapSums& sums) {
  const __m128i upper = _mm_unpacklo_epi8(load64(rows[0]), load64(rows[1]));
  const __m128i lower = _mm_unpacklo_epi8(load64(rows[2]), load64(rows[3]));
  const __m256i low = _mm256_cvtepu8_epi16(_mm_unpacklo_epi16(upper, lower));
  const __m256i high = _mm256_cvtepu8_epi16(_mm_unpackhi_epi16(upper, lower));
  sums.low = _mm256_add_epi32(sums.low, _mm256_madd_epi16(low, widened_weights(weights)));
  sums.high = _mm256_add_epi32(sums.high, _mm256_madd_epi16(high, widened_weights(weights + 16)));
}

// Eight channels of one pixel, from `x` on. Behind the last row stand weights of zero.
template <typename Weight>
VERNIER_AVX2 __m256i sum_of_taps(const TapGrid& taps, const std::uint8_t* x,
                                 const Weight* weights) {
  TapSums sums{_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (std::int64_t column = 0; column < taps.columns; ++column) {
    for (std::int64_t row = 0; row < taps.rows; row += 4) {
      std::array<const std::uint8_t*, 4> rows;
      for (std::int64_t i = 0; i < 4; ++i) {
        rows[static_cast<std::size_t>(i)] =
            x + column * taps.column + std::min(row + i, taps.rows - 1) * taps.row;
      }
      add_taps(rows, weights, sums);
      weights += quad_weights;
    }
  }
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(sums.low, sums.high), 0xD8);
}

// Channels of one pixel from first_channel on.
struct ChannelRange {
  std::int64_t first;
  std::int64_t end;
};

template <typename Weight>
VERNIER_AVX2 void convolve_depthwise_pixel(const ConvolveDepthwise& step,
                                           const ConvolutionPointers& pointers,
                                           const std::uint8_t* x, Target target,
                                           const ChannelRange& channels) {
  const std::int64_t panel_size = step.taps.columns * ((step.taps.rows + 3) / 4) * quad_weights;
  const auto* weights = static_cast<const Weight*>(pointers.weights);
  const Target origin = target;
  for (std::int64_t channel = channels.first; channel < channels.end; channel += 8) {
    target.y = origin.y + channel * origin.channel_step;
    target.addend = origin.addend + channel;
    target.packed = channel;
    target.count = std::min<std::int64_t>(8, channels.end - channel);
    finish8(pointers, target,
            sum_of_taps(
                step.taps, x + channel,
                weights + channel / panel_channels * panel_size + channel % panel_channels * 4));
  }
}

void convolve_depthwise(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                        const ConvolutionPart& part) {
  if (!is_8_bit(pointers)) return kernels_ref.convolve_depthwise(step, pointers, part);
  const auto pixel = step.wide_weights ? convolve_depthwise_pixel<std::int16_t>
                                       : convolve_depthwise_pixel<std::int8_t>;
  const Image addend = step.addend.value_or(Image{});
  for (std::int64_t row = part.first_row; row < part.end_row; ++row) {
    for (std::int64_t column = 0; column < step.sizes.columns; ++column) {
      pixel(
          step, pointers,
          static_cast<const std::uint8_t*>(pointers.x) + row * step.x.row + column * step.x.column,
          {.y = row * step.y.row + column * step.y.column,
           .addend = row * addend.row + column * addend.column,
           .packed = 0,
           .channel_step = step.y.channel,
           .count = 0},
          {part.first_panel * panel_channels,
           std::min(part.end_panel * panel_channels, step.sizes.channels)});
    }
  }
}

// ---- Element by element.

VERNIER_AVX2 std::int64_t combine_eights(const Combine& step, const CombineRow& row) {
  const auto* a = static_cast<const std::uint8_t*>(row.a);
  const auto* b = static_cast<const std::uint8_t*>(row.b);
  auto* y = static_cast<std::uint8_t*>(row.y);
  const Requantizer& r = step.requantizer;
  const bool floating = step.arithmetic == Requantization::floating;
  const Multipliers multipliers{floating ? _mm256_castps_si256(_mm256_set1_ps(r.multiplier))
                                         : _mm256_set1_epi32(r.integer_multiplier),
                                floating ? _mm256_castps_si256(_mm256_set1_ps(r.addend_multiplier))
                                         : _mm256_set1_epi32(r.integer_addend_multiplier),
                                _mm256_set1_epi32(r.shift)};
  const Bounds bounds = bounds_of(step.output);
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
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + i), packed_bytes(result));
  }
  return i;
}

[[gnu::target("avx2,fma")]] std::int64_t add_fused_eights(const Combine& step,
                                                          const CombineRow& row) {
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
    const __m256 inner =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(right), _mm256_set1_ps(step.fused->b_multiplier),
                        _mm256_set1_ps(step.fused->offset));
    const __m256 value =
        _mm256_fmadd_ps(_mm256_cvtepi32_ps(left), _mm256_set1_ps(step.fused->a_multiplier), inner);
    const __m256 inside =
        _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(lo)), _mm256_set1_ps(hi));
    const __m256i result =
        _mm256_add_epi32(_mm256_cvtps_epi32(inside), _mm256_set1_epi32(output.zero_point));
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + i), packed_bytes(result));
  }
  return i;
}

void combine(const Combine& step, const CombineRow& row) {
  CombineRow rest = row;
  const bool bytes =
      row.a_element == Element::u8 && row.b_element == Element::u8 && row.y_element == Element::u8;
  if (bytes && row.a_step == 1 && row.b_step <= 1 && row.y_step == 1) {
    const std::int64_t done = step.fused ? add_fused_eights(step, row) : combine_eights(step, row);
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
  const Multipliers multipliers{floating ? _mm256_castps_si256(_mm256_set1_ps(r.multiplier))
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
    _mm_storel_epi64(reinterpret_cast<__m128i*>(y + channel), packed_bytes(result));
  }
  return channel;
}

void pool(const Pool& step, const PoolWindow& window) {
  PoolWindow rest = window;
  if (window.x_element == Element::u8 && window.y_element == Element::u8) {
    const std::int64_t done = step.average ? average_of_8s(step, window) : largest_of_16s(window);
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

VERNIER_AVX2 std::int64_t quantize_eights(const QuantizeRow& row) {
  const auto* x = static_cast<const float*>(row.x);
  auto* y = static_cast<std::uint8_t*>(row.y);
  const auto lo = static_cast<float>(row.range.lo - row.params.zero_point);
  const auto hi = static_cast<float>(row.range.hi - row.params.zero_point);
  std::int64_t i = 0;
  for (; i + 8 <= row.count; i += 8) {
    __m256 value = _mm256_div_ps(_mm256_loadu_ps(x + i), _mm256_set1_ps(row.params.scale));
    // A NaN is the first operand here, so that the second one is taken.
    value = _mm256_min_ps(_mm256_max_ps(value, _mm256_set1_ps(lo)), _mm256_set1_ps(hi));
    const __m128i bytes =
        packed_bytes(_mm256_add_epi32(_mm256_cvtps_epi32(rounded(value, row.rounding)),
                                      _mm256_set1_epi32(row.params.zero_point)));
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
                              .dequantize = dequantize};

}  // namespace vernier

#endif
