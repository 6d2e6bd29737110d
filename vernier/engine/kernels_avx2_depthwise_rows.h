#pragma once

// Private to engine/: sums of a row of a depthwise convolution, eight channels at a time: of each,
// two taps of a kernel column are a pair of 16-bit numbers, whose products vpmaddwd adds.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_finish.h"

namespace vernier {

// Pixels that are computed together.
inline constexpr int most_pixels = 4;

VERNIER_AVX2_INLINE __m128i load64(const std::uint8_t* data) {
  return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(data));
}

// How far four rows of taps from `row` on are from the first; the last row stands for those behind
// it.
struct FourRows {
  std::int64_t a;
  std::int64_t b;
  std::int64_t c;
  std::int64_t d;
};

inline FourRows four_rows(const TapGrid& taps, std::int64_t row) {
  const auto distance = [&](std::int64_t i) { return std::min(row + i, taps.rows - 1) * taps.row; };
  return {distance(0), distance(1), distance(2), distance(3)};
}

// Neighbours in a row of y, and eight of their channels; `x` is the first tap of the first.
struct DepthwiseRow {
  const TapGrid* taps;
  const std::uint8_t* x;
  std::int64_t x_step;  // from one pixel to the next
  const void* weights;
  const std::int32_t* bias;  // what sums begin with
  const EightPlain* plain;   // null: by finish_eights
  const __m256i* table;      // of all weights of 5x5 taps
  std::int64_t count;        // of pixels; for sums most_row_pixels at most
};
inline constexpr std::int64_t most_row_pixels = 16;

// Four taps of a kernel column, of eight channels: the first two and the last two.
struct TapPairs {
  __m256i first;
  __m256i second;
};

VERNIER_AVX2_INLINE __m256i four_channels(const std::int8_t* weights) {
  return widened_sixteen(weights);
}
VERNIER_AVX2_INLINE __m256i four_channels(const std::int16_t* weights) { return load256(weights); }

template <typename Weight>
VERNIER_AVX2_INLINE TapPairs weight_pairs(const Weight* quad) {
  const __m256 low = _mm256_castsi256_ps(four_channels(quad));
  const __m256 high = _mm256_castsi256_ps(four_channels(quad + 16));
  // These have channels 0 1 4 5 | 2 3 6 7.
  const __m256i first = _mm256_castps_si256(_mm256_shuffle_ps(low, high, 0x88));
  const __m256i second = _mm256_castps_si256(_mm256_shuffle_ps(low, high, 0xDD));
  return {_mm256_permute4x64_epi64(first, 0xD8), _mm256_permute4x64_epi64(second, 0xD8)};
}

VERNIER_AVX2_INLINE __m256i x_pair(const std::uint8_t* first, const std::uint8_t* second) {
  return _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(load64(first), load64(second)));
}

VERNIER_AVX2_INLINE __m256i first_pair(const std::uint8_t* x, const FourRows& rows) {
  return x_pair(x, x + rows.b);
}

// Where there are three rows of taps, the fourth number of a column is zero.
template <int Rows>
VERNIER_AVX2_INLINE __m256i second_pair(const std::uint8_t* x, const FourRows& rows) {
  return Rows == 3 ? _mm256_cvtepu8_epi32(load64(x + rows.c)) : x_pair(x + rows.c, x + rows.d);
}

VERNIER_AVX2_INLINE __m256i with_products(__m256i sum, __m256i x, __m256i weights) {
  sum = _mm256_add_epi32(sum, _mm256_madd_epi16(x, weights));
  asm("" : "+x"(sum));  // one after the other: there are no registers for sums of their own
  return sum;
}

template <int Pixels>
VERNIER_AVX2_INLINE void store_sums(const __m256i (&total)[Pixels], std::int32_t* sums) {
#pragma GCC unroll 4
  for (int i = 0; i < Pixels; ++i) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 8 * i), total[i]);
  }
}

// ---- Any kernel.

template <int Pixels, int Rows, typename Weight>
VERNIER_AVX2 void any_pixels(const DepthwiseRow& pixels, const std::uint8_t* x,
                             std::int32_t* sums) {
  const TapGrid& taps = *pixels.taps;
  const auto* weights = static_cast<const Weight*>(pixels.weights);
  const std::int64_t column_weights = (taps.rows + 3) / 4 * quad_weights;
  __m256i total[Pixels];
#pragma GCC unroll 4
  for (int i = 0; i < Pixels; ++i) total[i] = load256(pixels.bias);
  for (std::int64_t row = 0; row < taps.rows; row += 4) {
    const FourRows rows = four_rows(taps, row);
    for (std::int64_t column = 0; column < taps.columns; ++column) {
      const TapPairs pairs = weight_pairs(weights + column * column_weights + row * panel_channels);
      const std::uint8_t* first = x + column * taps.column + rows.a;
      const FourRows from_first{0, rows.b - rows.a, rows.c - rows.a, rows.d - rows.a};
#pragma GCC unroll 4
      for (int i = 0; i < Pixels; ++i) {
        const std::uint8_t* taps_of_pixel = first + i * pixels.x_step;
        total[i] = with_products(total[i], first_pair(taps_of_pixel, from_first), pairs.first);
        total[i] =
            with_products(total[i], second_pair<Rows>(taps_of_pixel, from_first), pairs.second);
      }
    }
  }
  store_sums(total, sums);
}

// ---- Three by three taps or five by five, strides of one or two: columns of x that several pixels
// read are unpacked once.

template <int Taps>
constexpr int pairs_of_column = (Taps + 1) / 2;  // the last one has one tap
template <int Taps>
constexpr int all_pairs = Taps * pairs_of_column<Taps>;

// Those of all columns, [pair][column].
template <int Taps, typename Weight>
VERNIER_AVX2_INLINE void fill_table(const void* weights, __m256i* table) {
  const auto* quads = static_cast<const Weight*>(weights);
#pragma GCC unroll 5
  for (int column = 0; column < Taps; ++column) {
    const TapPairs pairs = weight_pairs(quads);
    table[column] = pairs.first;
    table[Taps + column] = pairs.second;
    if (Taps == 5) table[2 * Taps + column] = weight_pairs(quads + quad_weights).first;
    quads += (Taps + 3) / 4 * quad_weights;
  }
}

template <typename Weight>
VERNIER_AVX2 void fill_table_of_5x5(const void* weights, __m256i* table) {
  fill_table<5, Weight>(weights, table);
}

template <int Taps>
VERNIER_AVX2_INLINE __m256i x_of_pair(const std::uint8_t* x, std::int64_t row, int pair) {
  const std::uint8_t* first = x + 2 * pair * row;
  if (pair == pairs_of_column<Taps> - 1) return _mm256_cvtepu8_epi32(load64(first));
  return x_pair(first, first + row);
}

// done(first, total) takes the sums of the four pixels from `first` on. The last four may begin in
// those before.
template <int Taps, int Stride, typename Weight, typename Done>
VERNIER_AVX2_INLINE void compute_square(const DepthwiseRow& pixels, const Done& done) {
  const std::int64_t row = pixels.taps->row;
  const std::int64_t step = pixels.taps->column;
  constexpr int columns = (most_pixels - 1) * Stride + Taps;
  __m256i weights[all_pairs<3>];  // in registers
  if constexpr (Taps == 3) fill_table<3, Weight>(pixels.weights, weights);
  for (std::int64_t first = 0; first < pixels.count; first += most_pixels) {
    first = std::min(first, pixels.count - most_pixels);
    const std::uint8_t* x = pixels.x + first * pixels.x_step;
    __m256i total[most_pixels];
#pragma GCC unroll 4
    for (int i = 0; i < most_pixels; ++i) total[i] = load256(pixels.bias);
#pragma GCC unroll 11
    for (int column = 0; column < columns; ++column, x += step) {
      const __m256i* table = pixels.table;
      if (Taps == 5) asm("" : "+r"(table));  // not to be read in advance, and kept on the stack
#pragma GCC unroll 3
      for (int pair = 0; pair < pairs_of_column<Taps>; ++pair) {
        const __m256i x_two = x_of_pair<Taps>(x, row, pair);
#pragma GCC unroll 4
        for (int i = 0; i < most_pixels; ++i) {
          const int tap = column - i * Stride;
          if (tap < 0 || tap >= Taps) continue;
          const int at = pair * Taps + tap;
          total[i] = with_products(total[i], x_two, Taps == 3 ? weights[at] : table[at]);
        }
      }
    }
    done(first, total);
  }
}

struct StoreSums {
  std::int32_t* sums;

  VERNIER_AVX2_INLINE void operator()(std::int64_t first,
                                      const __m256i (&total)[most_pixels]) const {
    store_sums(total, sums + 8 * first);
  }
};

template <int Taps, int Stride, typename Weight>
VERNIER_AVX2 void sums_of_square(const DepthwiseRow& pixels, std::int32_t* sums) {
  compute_square<Taps, Stride, Weight>(pixels, StoreSums{sums});
}

// Without an addend, since some pixels are computed twice. Multipliers are read again each time:
// the weights of nine taps leave no registers for them.
struct StorePlain {
  EightPlain plain;
  const float* multipliers;
  std::uint8_t* y;
  std::int64_t step;  // from one pixel to the next

  VERNIER_AVX2_INLINE void operator()(std::int64_t first,
                                      const __m256i (&total)[most_pixels]) const {
    EightPlain read = plain;
    read.multipliers = _mm256_loadu_ps(multipliers);
    const __m256 values[4] = {scaled_sum(read, total[0]), scaled_sum(read, total[1]),
                              scaled_sum(read, total[2]), scaled_sum(read, total[3])};
    const std::int64_t offsets[most_pixels] = {0, step, 2 * step, 3 * step};
    store_pixels(y + first * step, offsets, most_pixels, rounded(read, values));
  }
};

template <int Taps, int Stride, typename Weight>
VERNIER_AVX2 void plain_row_of_square(const DepthwiseRow& row, const ConvolutionPointers& pointers,
                                      const PixelTargets& targets) {
  const DepthwiseRow pixels = row;  // of its own, which no store can change
  const auto* multipliers = static_cast<const float*>(pointers.arrays.multipliers);
  compute_square<Taps, Stride, Weight>(
      pixels,
      StorePlain{*row.plain, multipliers + targets.channels.packed,
                 static_cast<std::uint8_t*>(pointers.y) + targets.channels.y, targets.y[1]});
}

// The last block of pixels may begin in the one before.
template <int Rows, typename Weight>
VERNIER_AVX2 void sums_of_any(const DepthwiseRow& pixels, std::int32_t* sums) {
  if (pixels.count < most_pixels) {
    for (std::int64_t i = 0; i < pixels.count; ++i) {
      any_pixels<1, Rows, Weight>(pixels, pixels.x + i * pixels.x_step, sums + 8 * i);
    }
    return;
  }
  for (std::int64_t first = 0; first < pixels.count; first += most_pixels) {
    first = std::min(first, pixels.count - most_pixels);
    any_pixels<most_pixels, Rows, Weight>(pixels, pixels.x + first * pixels.x_step,
                                          sums + 8 * first);
  }
}

}  // namespace vernier

#endif
