// Depthwise convolution of 64 channels at a time: whole vectors of four rows of x are interleaved
// by eight unpacks, a third of the work that kernels_avx512_depthwise.cpp has with sixteen
// channels. Unpacking goes by lanes of 128 bits: vector j of the four that come out holds, in lane
// i, channels 16 * i + 4 * j and the three behind it. Weights, bias and multipliers are brought to
// that order first; the packs behind the sums restore the order of the channels.

#if defined(__x86_64__)

#include <algorithm>
#include <array>

#include "vernier/engine/kernels_avx512_depthwise.h"
#include "vernier/engine/kernels_avx512_products.h"

namespace vernier {
namespace {

constexpr int tile_columns = 3;
constexpr std::int64_t vector_bytes = 64;
constexpr std::int64_t most_vectors = 56;  // of weights: 7 kernel columns, 2 quads of rows, four

// Constants of 64 channels in the order of the sums.
struct Constants {
  alignas(64) std::array<std::int8_t, most_vectors * vector_bytes> weights;
  alignas(64) std::array<std::int8_t, most_vectors * vector_bytes> moved_weights;  // one row down
  alignas(64) std::array<std::int32_t, 64> bias;
  alignas(64) std::array<float, 64> multipliers;
};

struct Tile {
  const ConvolveDepthwise* step;
  const Finish* finish;
  const Constants* constants;
  const std::uint8_t* x;  // of the first tap of the first pixel
  std::uint8_t* y;
};

// Sixteen bytes from each of four places.
VERNIER_AVX512_INLINE __m512i four_pieces(const void* first, std::int64_t distance) {
  const auto* bytes = static_cast<const std::uint8_t*>(first);
  const auto* second = bytes + distance;
  const auto* third = second + distance;
  const auto* fourth = third + distance;
  __m512i value = _mm512_castsi128_si512(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
  value = _mm512_inserti32x4(value, _mm_loadu_si128(reinterpret_cast<const __m128i*>(second)), 1);
  value = _mm512_inserti32x4(value, _mm_loadu_si128(reinterpret_cast<const __m128i*>(third)), 2);
  return _mm512_inserti32x4(value, _mm_loadu_si128(reinterpret_cast<const __m128i*>(fourth)), 3);
}

VERNIER_AVX512 void prepare_numbers(const EpilogueArrays& arrays, std::int64_t channel,
                                    Constants& constants) {
  const std::int32_t* bias = arrays.bias + channel;
  const float* multipliers = static_cast<const float*>(arrays.multipliers) + channel;
  for (std::int64_t j = 0; j < 4; ++j) {
    _mm512_store_si512(constants.bias.data() + j * 16, four_pieces(bias + j * 4, vector_bytes));
    _mm512_store_si512(constants.multipliers.data() + j * 16,
                       four_pieces(multipliers + j * 4, vector_bytes));
  }
}

// `weights`: of the first of four panels. The moved ones are for the output below: each row's are
// those of the row above it.
VERNIER_AVX512 void prepare_weights(const std::int8_t* weights, const TapGrid& taps,
                                    Constants& constants) {
  const std::int64_t quads = (taps.rows + 3) / 4;
  const std::int64_t panel_size = taps.columns * quads * vector_bytes;
  for (std::int64_t j = 0; j < 4; ++j) {
    for (std::int64_t column = 0; column < taps.columns; ++column) {
      __m512i last = _mm512_setzero_si512();
      for (std::int64_t quad = 0; quad < quads; ++quad) {
        const std::int64_t vector = column * quads + quad;
        const __m512i four = four_pieces(weights + vector * vector_bytes + j * 16, panel_size);
        const __m512i moved =
            _mm512_or_si512(_mm512_slli_epi32(four, 8), _mm512_srli_epi32(last, 24));
        _mm512_store_si512(constants.weights.data() + (vector * 4 + j) * vector_bytes, four);
        _mm512_store_si512(constants.moved_weights.data() + (vector * 4 + j) * vector_bytes, moved);
        last = four;
      }
    }
  }
}

struct FourVectors {
  __m512i v[4];
};

// [4 channels][4 rows] in each lane of each vector. Where a row does not exist, its weights are
// zero.
VERNIER_AVX512_INLINE FourVectors interleaved(const std::uint8_t* x, std::int64_t row_step,
                                              int rows) {
  const __m512i a = _mm512_loadu_si512(x);
  const __m512i b = rows > 1 ? _mm512_loadu_si512(x + row_step) : a;
  const __m512i c = rows > 2 ? _mm512_loadu_si512(x + 2 * row_step) : a;
  const __m512i d = rows > 3 ? _mm512_loadu_si512(x + 3 * row_step) : a;
  const __m512i low_ab = _mm512_unpacklo_epi8(a, b);
  const __m512i high_ab = _mm512_unpackhi_epi8(a, b);
  const __m512i low_cd = _mm512_unpacklo_epi8(c, d);
  const __m512i high_cd = _mm512_unpackhi_epi8(c, d);
  return {{_mm512_unpacklo_epi16(low_ab, low_cd), _mm512_unpackhi_epi16(low_ab, low_cd),
           _mm512_unpacklo_epi16(high_ab, high_cd), _mm512_unpackhi_epi16(high_ab, high_cd)}};
}

template <bool Whole>
VERNIER_AVX512_INLINE void store_pixel(const Finish& finish, const float* multipliers,
                                       __m512i (&sums)[4], std::uint8_t* y) {
  __m512i values[4];
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512 multiplier = _mm512_load_ps(multipliers + j * 16);
    values[j] = _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums[j]), multiplier));
  }
  _mm512_storeu_si512(y, clamped<Whole>(finish, bytes_by_lanes<Whole>(finish, values[0], values[1],
                                                                      values[2], values[3])));
}

template <bool Whole, int Rows>
VERNIER_AVX512_INLINE void store_pixels(const Finish& finish, const float* multipliers,
                                        __m512i (&sums)[Rows][tile_columns][4], std::uint8_t* y,
                                        std::int64_t row_step, std::int64_t column_step) {
#pragma GCC unroll 2
  for (int row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
    for (int i = 0; i < tile_columns; ++i) {
      store_pixel<Whole>(finish, multipliers, sums[row][i], y + row * row_step + i * column_step);
    }
  }
}

// Sums of `Size` kernel columns of `Size` rows, for three neighbours in each of one or two rows of
// y.
template <typename Products, int Size, int Stride, int Rows>
VERNIER_AVX512_INLINE void accumulate(const Constants& constants, const TapGrid& taps,
                                      const std::uint8_t* x,
                                      __m512i (&sums)[Rows][tile_columns][4]) {
  constexpr int quads = (Size + 3) / 4;
  constexpr int rows = Size + Rows - 1;
  const std::int8_t* weights = constants.weights.data();
  const std::int8_t* moved = constants.moved_weights.data();
#pragma GCC unroll 4
  for (int j = 0; j < 4; ++j) {
    const __m512i bias = _mm512_load_si512(constants.bias.data() + j * 16);
#pragma GCC unroll 4
    for (int i = 0; i < tile_columns; ++i) {
      sums[0][i][j] = bias;
      if constexpr (Rows == 2) sums[1][i][j] = bias;
    }
  }
#pragma GCC unroll 2
  for (int quad = 0; quad < quads; ++quad) {
#pragma GCC unroll 16
    for (int column = 0; column < (tile_columns - 1) * Stride + Size; ++column) {
      const FourVectors four = interleaved(
          x + std::int64_t{4} * quad * taps.row + column * taps.column, taps.row, rows - 4 * quad);
#pragma GCC unroll 4
      for (int i = 0; i < tile_columns; ++i) {
        const int tap = column - i * Stride;
        if (tap < 0 || tap >= Size) continue;
#pragma GCC unroll 4
        for (int j = 0; j < 4; ++j) {
          const std::int64_t at = ((tap * quads + quad) * 4 + j) * vector_bytes;
          const typename Products::Operand operand = Products::operand(four.v[j]);
          sums[0][i][j] = Products::add(sums[0][i][j], operand, weights + at);
          if constexpr (Rows == 2) {
            sums[1][i][j] = Products::add(sums[1][i][j], operand, moved + at);
          }
        }
      }
    }
  }
}

// Tiles side by side in one or two rows of y. The last may meet the one before it, and computes the
// same again. Copies: behind each store of bytes what is in memory would be loaded again. Those
// that only finishing needs are made behind the products, which need all registers.
template <typename Products, int Size, int Stride, int Rows>
VERNIER_AVX512 void convolve_tiles(const Tile& tile) {
  const TapGrid taps = tile.step->taps;
  const Constants& constants = *tile.constants;
  const float* multipliers = constants.multipliers.data();
  const std::uint8_t* const x = tile.x;
  std::uint8_t* const y = tile.y;
  const std::int64_t x_column = tile.step->x.column;
  const std::int64_t y_column = tile.step->y.column;
  const std::int64_t y_row = tile.step->y.row;
  const std::int64_t columns = tile.step->sizes.columns;
  for (std::int64_t first = 0; first < columns; first += tile_columns) {
    const std::int64_t column = std::min(first, columns - tile_columns);
    __m512i sums[Rows][tile_columns][4];
    accumulate<Products, Size, Stride>(constants, taps, x + column * x_column, sums);
    asm volatile("" ::: "memory");
    const Finish finish = copy_of(*tile.finish);
    if (is_whole(finish)) {
      store_pixels<true>(finish, multipliers, sums, y + column * y_column, y_row, y_column);
    } else {
      store_pixels<false>(finish, multipliers, sums, y + column * y_column, y_row, y_column);
    }
  }
}

using TileFunction = void (*)(const Tile&);

using TileKind = DepthwiseKind<TileFunction>;

template <typename Products>
constexpr std::array<TileKind, 6> tile_kinds = {{
    {3, 1, convolve_tiles<Products, 3, 1, 1>, convolve_tiles<Products, 3, 1, 2>},
    {3, 2, convolve_tiles<Products, 3, 2, 1>, nullptr},
    {5, 1, convolve_tiles<Products, 5, 1, 1>, convolve_tiles<Products, 5, 1, 2>},
    {5, 2, convolve_tiles<Products, 5, 2, 1>, nullptr},
    {7, 1, convolve_tiles<Products, 7, 1, 1>, convolve_tiles<Products, 7, 1, 2>},
    {7, 2, convolve_tiles<Products, 7, 2, 1>, nullptr},
}};

// The tile points at the first channel of an image.
void convolve_rows(const Tile& image, const TileKind& kind, const ConvolutionPart& part) {
  const ConvolveDepthwise& step = *image.step;
  for (std::int64_t row = part.first_row; row < part.end_row;) {
    const bool two_rows = kind.two_rows != nullptr && row + 1 < part.end_row;
    const TileFunction function = two_rows ? kind.two_rows : kind.one_row;
    Tile tile = image;
    tile.x += row * step.x.row;
    tile.y += row * step.y.row;
    function(tile);
    row += two_rows ? 2 : 1;
  }
}

}  // namespace

template <typename Products>
std::int64_t convolve_depthwise_64(const ConvolveDepthwise& step,
                                   const ConvolutionPointers& pointers, const Finish& finish,
                                   const ConvolutionPart& part) {
  const TileKind* kind = find_kind(tile_kinds<Products>, step, tile_columns);
  if (kind == nullptr || pointers.addend != nullptr) return part.first_panel;
  const std::int64_t panel_size = step.taps.columns * ((step.taps.rows + 3) / 4) * vector_bytes;
  const std::int64_t end = std::min(part.end_panel, step.sizes.channels / 16);
  Constants constants;
  std::int64_t panel = part.first_panel;
  for (; panel + 4 <= end; panel += 4) {
    const std::int64_t channel = panel * 16;
    prepare_numbers(pointers.arrays, channel, constants);
    prepare_weights(static_cast<const std::int8_t*>(pointers.weights) + panel * panel_size,
                    step.taps, constants);
    convolve_rows({.step = &step,
                   .finish = &finish,
                   .constants = &constants,
                   .x = static_cast<const std::uint8_t*>(pointers.x) + channel,
                   .y = static_cast<std::uint8_t*>(pointers.y) + channel},
                  *kind, part);
  }
  return panel;
}

template std::int64_t convolve_depthwise_64<VnniProducts>(const ConvolveDepthwise&,
                                                          const ConvolutionPointers&, const Finish&,
                                                          const ConvolutionPart&);
}  // namespace vernier

#endif
