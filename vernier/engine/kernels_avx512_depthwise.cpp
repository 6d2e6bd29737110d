// Depthwise convolution on AVX-512: four products that are added at once are four rows of a kernel
// column. Sixteen channels of four rows of x are brought to [16 channels][4 rows] by two shuffles,
// and serve every output whose window they lie in: the neighbours in the row, and, where strides
// are one, the output below, whose weights are the same ones moved on by one row.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx512_depthwise.h"

#include <algorithm>
#include <array>

#include "vernier/engine/kernels_avx512_products.h"

namespace vernier {
namespace {

constexpr int tile_columns = 4;
constexpr std::int64_t most_rows = 8;
constexpr std::int64_t most_columns = 7;

// Sixteen channels, from `channel` on, of four neighbours in each of one or two rows of y.
struct Tile {
  const ConvolveDepthwise* step;
  const ConvolutionPointers* pointers;
  const Finish* finish;  // null: by finish_sixteen
  const std::int8_t* weights;
  const std::int8_t* moved_weights;  // for the row below
  std::int64_t channel;
  std::int64_t row;
  std::int64_t column;
};

// [16 channels][4 rows] of the pixel that begins at x in the first row.
VERNIER_AVX512_INLINE __m512i four_rows(const std::uint8_t* x, std::int64_t row_step,
                                        std::int64_t rows) {
  const auto* first = reinterpret_cast<const __m128i*>(x);
  const auto* second =
      reinterpret_cast<const __m128i*>(x + std::min<std::int64_t>(1, rows - 1) * row_step);
  const auto* third =
      reinterpret_cast<const __m128i*>(x + std::min<std::int64_t>(2, rows - 1) * row_step);
  const auto* fourth =
      reinterpret_cast<const __m128i*>(x + std::min<std::int64_t>(3, rows - 1) * row_step);
  __m512i value = _mm512_castsi128_si512(_mm_loadu_si128(first));
  value = _mm512_inserti32x4(value, _mm_loadu_si128(second), 1);
  value = _mm512_inserti32x4(value, _mm_loadu_si128(third), 2);
  value = _mm512_inserti32x4(value, _mm_loadu_si128(fourth), 3);
  const __m512i order =
      _mm512_broadcast_i32x4(_mm_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15));
  return _mm512_shuffle_epi8(transposed_dwords(value), order);
}

// Without an addend.
template <bool Whole, int Rows>
VERNIER_AVX512_INLINE void store_bytes(const Tile& tile, __m512i (&sums)[Rows][tile_columns]) {
  const ConvolveDepthwise& step = *tile.step;
  const __mmask16 lanes = first_lanes(std::min(step.sizes.channels - tile.channel, panel_channels));
#pragma GCC unroll 2
  for (int row = 0; row < Rows; ++row) {
    __m512i values[tile_columns];
#pragma GCC unroll 4
    for (int i = 0; i < tile_columns; ++i) {
      values[i] = requantized<false>(*tile.finish, sums[row][i], tile.channel, 0);
    }
    const __m512i bytes =
        packed_bytes<Whole>(*tile.finish, values[0], values[1], values[2], values[3]);
    std::uint8_t* y =
        tile.finish->y + (tile.row + row) * step.y.row + tile.column * step.y.column + tile.channel;
    _mm_mask_storeu_epi8(y, lanes, _mm512_castsi512_si128(bytes));
    _mm_mask_storeu_epi8(y + step.y.column, lanes, _mm512_extracti32x4_epi32(bytes, 1));
    _mm_mask_storeu_epi8(y + 2 * step.y.column, lanes, _mm512_extracti32x4_epi32(bytes, 2));
    _mm_mask_storeu_epi8(y + 3 * step.y.column, lanes, _mm512_extracti32x4_epi32(bytes, 3));
  }
}

VERNIER_AVX512 void store_vector(const Tile& tile, std::int64_t row, std::int64_t column,
                                 __m512i sum) {
  const ConvolveDepthwise& step = *tile.step;
  const Image addend = step.addend.value_or(Image{});
  alignas(64) std::array<std::int32_t, panel_channels> stored;
  _mm512_store_si512(stored.data(), sum);
  finish_sixteen(*tile.pointers,
                 {.y = row * step.y.row + column * step.y.column + tile.channel * step.y.channel,
                  .addend = row * addend.row + column * addend.column + tile.channel,
                  .packed = tile.channel,
                  .count = std::min(step.sizes.channels - tile.channel, panel_channels),
                  .channel_step = step.y.channel},
                 stored.data());
}

template <int Rows>
VERNIER_AVX512_INLINE void store(const Tile& tile, __m512i (&sums)[Rows][tile_columns]) {
  if (tile.finish != nullptr && tile.pointers->addend == nullptr) {
    if (is_whole(*tile.finish)) return store_bytes<true>(tile, sums);
    return store_bytes<false>(tile, sums);
  }
#pragma GCC unroll 2
  for (int row = 0; row < Rows; ++row) {
#pragma GCC unroll 4
    for (int i = 0; i < tile_columns; ++i)
      store_vector(tile, tile.row + row, tile.column + i, sums[row][i]);
  }
}

// `Size` kernel columns of `Size` rows.
template <typename Products, int Size, int Stride, int Rows>
VERNIER_AVX512 void convolve_tile(const Tile& tile) {
  constexpr int quads = (Size + 3) / 4;
  const ConvolveDepthwise& step = *tile.step;
  const std::int64_t row_step = step.taps.row;
  const std::int64_t column_step = step.taps.column;
  const std::uint8_t* x = static_cast<const std::uint8_t*>(tile.pointers->x) +
                          tile.row * step.x.row + tile.column * step.x.column + tile.channel;
  const __m512i bias = _mm512_loadu_si512(tile.pointers->arrays.bias + tile.channel);
  __m512i sums[Rows][tile_columns];
#pragma GCC unroll 8
  for (int i = 0; i < tile_columns; ++i) {
    sums[0][i] = bias;
    if constexpr (Rows == 2) sums[1][i] = bias;
  }
#pragma GCC unroll 2
  for (int quad = 0; quad < quads; ++quad) {
    // The row below the kernel belongs to the output below.
    constexpr int rows = Size + Rows - 1;
    const int left = rows - 4 * quad;
#pragma GCC unroll 16
    for (int column = 0; column < (tile_columns - 1) * Stride + Size; ++column) {
      const typename Products::Operand four = Products::operand(
          four_rows(x + std::int64_t{4} * quad * row_step + column * column_step, row_step, left));
#pragma GCC unroll 4
      for (int i = 0; i < tile_columns; ++i) {
        const int tap = column - i * Stride;
        if (tap < 0 || tap >= Size) continue;
        const std::int64_t weights = (tap * quads + quad) * quad_weights;
        sums[0][i] = Products::add(sums[0][i], four, tile.weights + weights);
        if constexpr (Rows == 2) {
          sums[1][i] = Products::add(sums[1][i], four, tile.moved_weights + weights);
        }
      }
    }
  }
  store(tile, sums);
}

// Any kernel, one pixel.
template <typename Products>
VERNIER_AVX512 void convolve_pixel(const Tile& tile) {
  const ConvolveDepthwise& step = *tile.step;
  const TapGrid& taps = step.taps;
  const std::uint8_t* x = static_cast<const std::uint8_t*>(tile.pointers->x) +
                          tile.row * step.x.row + tile.column * step.x.column + tile.channel;
  const std::int8_t* weights = tile.weights;
  __m512i sum = _mm512_loadu_si512(tile.pointers->arrays.bias + tile.channel);
  for (std::int64_t column = 0; column < taps.columns; ++column) {
    for (std::int64_t row = 0; row < taps.rows; row += 4) {
      const typename Products::Operand four = Products::operand(
          four_rows(x + row * taps.row + column * taps.column, taps.row, taps.rows - row));
      sum = Products::add(sum, four, weights);
      weights += quad_weights;
    }
  }
  store_vector(tile, tile.row, tile.column, sum);
}

// Weights of a panel for the row below: each row's are those of the row above it.
VERNIER_AVX512 void move_weights(const std::int8_t* weights, std::int64_t columns,
                                 std::int64_t quads, std::int8_t* moved) {
  for (std::int64_t column = 0; column < columns; ++column) {
    __m512i last = _mm512_setzero_si512();
    for (std::int64_t quad = 0; quad < quads; ++quad) {
      const std::int64_t at = (column * quads + quad) * quad_weights;
      const __m512i four = _mm512_loadu_si512(weights + at);
      _mm512_storeu_si512(moved + at,
                          _mm512_or_si512(_mm512_slli_epi32(four, 8), _mm512_srli_epi32(last, 24)));
      last = four;
    }
  }
}

using TileFunction = void (*)(const Tile&);

using TileKind = DepthwiseKind<TileFunction>;

template <typename Products>
constexpr std::array<TileKind, 6> tile_kinds = {{
    {3, 1, convolve_tile<Products, 3, 1, 1>, convolve_tile<Products, 3, 1, 2>},
    {3, 2, convolve_tile<Products, 3, 2, 1>, nullptr},
    {5, 1, convolve_tile<Products, 5, 1, 1>, convolve_tile<Products, 5, 1, 2>},
    {5, 2, convolve_tile<Products, 5, 2, 1>, nullptr},
    {7, 1, convolve_tile<Products, 7, 1, 1>, convolve_tile<Products, 7, 1, 2>},
    {7, 2, convolve_tile<Products, 7, 2, 1>, nullptr},
}};

// One panel of one row, or of two.
template <typename Products>
void convolve_row(Tile& tile, const TileKind* kind, bool two_rows) {
  const std::int64_t columns = tile.step->sizes.columns;
  if (kind == nullptr) {
    for (tile.column = 0; tile.column < columns; ++tile.column) convolve_pixel<Products>(tile);
    return;
  }
  // The last tile may meet the one before it, and computes the same again.
  const TileFunction function = two_rows ? kind->two_rows : kind->one_row;
  for (std::int64_t column = 0; column < columns; column += tile_columns) {
    tile.column = std::min(column, columns - tile_columns);
    function(tile);
  }
}

}  // namespace

template <typename Products>
VERNIER_AVX512 void convolve_depthwise_avx512(const ConvolveDepthwise& step,
                                              const ConvolutionPointers& pointers,
                                              const ConvolutionPart& part) {
  if (pointers.x_element != Element::u8 || pointers.weight_element == WeightElement::s16) {
    return kernels_avx2.convolve_depthwise(step, pointers, part);
  }
  const Finish finish = finish_of(pointers);
  const TileKind* kind = find_kind(tile_kinds<Products>, step, tile_columns);
  const bool pairs = kind != nullptr && kind->two_rows != nullptr;
  const std::int64_t quads = (step.taps.rows + 3) / 4;
  const std::int64_t panel_size = step.taps.columns * quads * quad_weights;
  alignas(64) std::array<std::int8_t, most_rows * most_columns * panel_channels> moved;
  const SumCount sums{(step.sizes.channels + panel_channels - 1) / panel_channels * panel_channels,
                      products_of(step)};
  Tile tile{.step = &step,
            .pointers = &pointers,
            .finish = finishes_bytes(pointers, sums) ? &finish : nullptr,
            .moved_weights = moved.data()};
  std::int64_t first_panel = part.first_panel;
  if constexpr (Products::whole_vectors) {
    if (tile.finish != nullptr) {
      first_panel = convolve_depthwise_64<Products>(step, pointers, finish, part);
    }
  }
  for (std::int64_t row = part.first_row; row < part.end_row;) {
    const bool two_rows = pairs && row + 1 < part.end_row;
    tile.row = row;
    for (std::int64_t panel = first_panel; panel < part.end_panel; ++panel) {
      tile.channel = panel * panel_channels;
      tile.weights = static_cast<const std::int8_t*>(pointers.weights) + panel * panel_size;
      if (two_rows) move_weights(tile.weights, step.taps.columns, quads, moved.data());
      convolve_row<Products>(tile, kind, two_rows);
    }
    row += two_rows ? 2 : 1;
  }
}

template void convolve_depthwise_avx512<VnniProducts>(const ConvolveDepthwise&,
                                                      const ConvolutionPointers&,
                                                      const ConvolutionPart&);
template void convolve_depthwise_avx512<WordProducts>(const ConvolveDepthwise&,
                                                      const ConvolutionPointers&,
                                                      const ConvolutionPart&);

}  // namespace vernier

#endif
