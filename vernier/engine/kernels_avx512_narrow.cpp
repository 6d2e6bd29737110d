// Grouped convolution on AVX512-VNNI where half a vector of each group would stay empty: groups of
// 8 channels, or of 24. A vector holds eight neighbours of x eight times, once for each of eight
// channels, so that of the sums every other one is of the first four neighbours:
//
//   sum of a channel = sums[2 * j] + sums[2 * j + 1]
//
// One load of x serves all channels of a group, and no product is for nothing.
//
// Tried and dropped: finishing sums from memory while the next tile's products are added costs as
// much as it hides, for a store takes the place of a product.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx512_narrow.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "vernier/engine/kernels_avx512_products.h"

namespace vernier {
namespace {

constexpr std::int64_t most_tile_pixels = 8;

// Of sixteen sums of a pixel, or, `half`, of eight of each of two: two neighbours at a time.
VERNIER_AVX512_INLINE __m512 multipliers_of(const EpilogueArrays& arrays, std::int64_t packed,
                                            bool half) {
  const __m512i twice = _mm512_setr_epi32(0, 1, 0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7);
  const __m512 multipliers =
      _mm512_loadu_ps(static_cast<const float*>(arrays.multipliers) + packed);
  return half ? _mm512_permutexvar_ps(twice, multipliers) : multipliers;
}

// Every other sum begins with the bias of a channel, those between with zero.
constexpr __mmask16 every_other = 0x5555;
VERNIER_AVX512_INLINE __m512i first_sums(const std::int32_t* bias, __m512i channels) {
  return _mm512_maskz_permutexvar_epi32(every_other, channels, _mm512_loadu_si512(bias));
}

// Tiles of a group that stand side by side, in some rows. Not to be copied, like Tile.
struct NarrowTiles {
  const Convolve* step;
  const Finish* finish;
  const std::uint8_t* x;
  std::uint8_t* y;
  const std::int8_t* weights;
  const std::int8_t* ahead;  // of the next group: comes into the cache
  std::int64_t ahead_step;   // with each eight neighbours of x
  __m512i first_sums[3];     // of each vector
  __m512 multipliers[2];     // of each panel
  std::int64_t rows;
  std::int64_t tiles;  // of a row
};

// Two vectors of sixteen channels have two of them in each lane by turns, a vector of eight has
// all.
VERNIER_AVX512_INLINE void take_bias(const std::int32_t* bias, std::int64_t channels,
                                     NarrowTiles& tiles) {
  const __m512i eight = _mm512_setr_epi32(0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0);
  const __m512i first = _mm512_setr_epi32(0, 0, 1, 0, 4, 0, 5, 0, 8, 0, 9, 0, 12, 0, 13, 0);
  const __m512i second = _mm512_setr_epi32(2, 0, 3, 0, 6, 0, 7, 0, 10, 0, 11, 0, 14, 0, 15, 0);
  tiles.first_sums[0] = first_sums(bias, channels == 8 ? eight : first);
  if (channels == 8) return;
  tiles.first_sums[1] = first_sums(bias, second);
  tiles.first_sums[2] = first_sums(bias + panel_channels, eight);
}

VERNIER_AVX512_INLINE __m512i repeated_eight(const std::uint8_t* x) {
  std::int64_t neighbours;
  std::memcpy(&neighbours, x, sizeof(neighbours));
  return _mm512_set1_epi64(neighbours);
}

template <int Pixels, int Vectors>
VERNIER_AVX512_INLINE void take_first_sums(const NarrowTiles& tiles,
                                           __m512i (&sums)[Pixels][Vectors]) {
#pragma GCC unroll 3
  for (int i = 0; i < Vectors; ++i) {
    const __m512i first_sums = tiles.first_sums[i];
#pragma GCC unroll 8
    for (int pixel = 0; pixel < Pixels; ++pixel) sums[pixel][i] = first_sums;
  }
}

// Adds a run's products with neighbours of x to the sums of some pixels.
template <int Pixels, int Vectors>
VERNIER_AVX512_INLINE void add_run(const NarrowTiles& tiles, const std::uint8_t* first,
                                   const std::int8_t* weights, const std::int8_t*& ahead,
                                   __m512i (*sums)[Vectors]) {
  const Convolve& step = *tiles.step;
  const std::int64_t x_step = step.x.column;
  const std::int64_t ahead_step = tiles.ahead_step;
  // Pointers to the fourth pixel, too: with fewer distances, they all fit in the registers.
  const std::uint8_t* x[2] = {first, first + 4 * x_step};
  for (const std::uint8_t* end = first + step.run_length; x[0] < end;) {
    __m512i w[Vectors];
#pragma GCC unroll 3
    for (int i = 0; i < Vectors; ++i) w[i] = _mm512_load_si512(weights + i * quad_weights);
#pragma GCC unroll 8
    for (int pixel = 0; pixel < Pixels; ++pixel) {
      const __m512i neighbours = repeated_eight(x[pixel / 4] + pixel % 4 * x_step);
#pragma GCC unroll 3
      for (int i = 0; i < Vectors; ++i) {
        sums[pixel][i] = VnniProducts::add(sums[pixel][i], neighbours, w[i]);
      }
    }
    _mm_prefetch(ahead, _MM_HINT_T1);
    ahead += ahead_step;
    x[0] += narrow_step;
    x[1] += narrow_step;
    weights += Vectors * quad_weights;
  }
}

// The sums of dwords 0 and 1, 2 and 3 of each lane of a, and then those of b.
VERNIER_AVX512_INLINE __m512i added_neighbours(__m512i a, __m512i b) {
  const __m512 even = _mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), 0x88);
  const __m512 odd = _mm512_shuffle_ps(_mm512_castsi512_ps(a), _mm512_castsi512_ps(b), 0xDD);
  return _mm512_add_epi32(_mm512_castps_si512(even), _mm512_castps_si512(odd));
}

VERNIER_AVX512_INLINE __m512i rounded(__m512 multipliers, __m512i sums) {
  return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sums), multipliers));
}

VERNIER_AVX512_INLINE void store_eight(std::uint8_t* y, __m128i bytes) {
  _mm_storel_epi64(reinterpret_cast<__m128i*>(y), bytes);
}

// 24 channels, of two pixels at a time.
template <bool Whole, int Pixels>
VERNIER_AVX512_INLINE void store(const NarrowTiles& tiles, const Finish& finish, std::uint8_t* y,
                                 const __m512i (*sums)[3]) {
  const __m512i order = _mm512_set_epi16(  // of 16-bit words, the highest first
      0, 0, 0, 0, 29, 21, 13, 5, 27, 26, 19, 18, 11, 10, 3, 2,  //
      0, 0, 0, 0, 28, 20, 12, 4, 25, 24, 17, 16, 9, 8, 1, 0);
  const std::int64_t step = tiles.step->y.column;
  const auto& [whole, shared] = tiles.multipliers;
  constexpr __mmask32 lanes = (1U << 24U) - 1;
#pragma GCC unroll 4
  for (int pixel = 0; pixel < Pixels; pixel += 2, y += 2 * step) {
    const int next = std::min(pixel + 1, Pixels - 1);
    const __m512i a = rounded(whole, added_neighbours(sums[pixel][0], sums[pixel][1]));
    const __m512i b = rounded(whole, added_neighbours(sums[next][0], sums[next][1]));
    const __m512i c = rounded(shared, added_neighbours(sums[pixel][2], sums[next][2]));
    const __m512i bytes = clamped<Whole>(
        finish, _mm512_permutexvar_epi16(
                    order, bytes_by_lanes<Whole>(finish, a, b, c, _mm512_setzero_si512())));
    _mm256_mask_storeu_epi8(y, lanes, _mm512_castsi512_si256(bytes));
    if (next > pixel) _mm256_mask_storeu_epi8(y + step, lanes, _mm512_extracti64x4_epi64(bytes, 1));
  }
}

// Eight channels, of all pixels at once.
template <bool Whole, int Pixels>
VERNIER_AVX512_INLINE void store(const NarrowTiles& tiles, const Finish& finish, std::uint8_t* y,
                                 const __m512i (*sums)[1]) {
  const __m512& shared = tiles.multipliers[0];
  const __m512i none = _mm512_setzero_si512();
  __m512i pairs[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; ++i) {
    const int pixel = 2 * i;
    const int next = std::min(pixel + 1, Pixels - 1);
    pairs[i] =
        pixel < Pixels
            ? rounded(shared, added_neighbours(sums[std::min(pixel, next)][0], sums[next][0]))
            : none;
  }
  const __m512i order = _mm512_set_epi16(  // of 16-bit words, the highest first
      31, 23, 15, 7, 30, 22, 14, 6, 29, 21, 13, 5, 28, 20, 12, 4,  //
      27, 19, 11, 3, 26, 18, 10, 2, 25, 17, 9, 1, 24, 16, 8, 0);
  const __m512i bytes = clamped<Whole>(
      finish, _mm512_permutexvar_epi16(
                  order, bytes_by_lanes<Whole>(finish, pairs[0], pairs[1], pairs[2], pairs[3])));
  const std::int64_t step = tiles.step->y.column;
  alignas(64) std::array<std::uint64_t, 8> stored;
  _mm512_store_si512(stored.data(), bytes);
#pragma GCC unroll 8
  for (int pixel = 0; pixel < Pixels; ++pixel) {
    std::memcpy(y + pixel * step, &stored[static_cast<std::size_t>(pixel)], narrow_step);
  }
}

// The last run, some pixels at a time: the first ones are finished while others' products are
// added. Of eight channels all pixels are packed together.
template <int Pixels, int Vectors>
VERNIER_AVX512_INLINE void finish_tile(const NarrowTiles& tiles, const Finish& finish,
                                       const std::uint8_t* x, const std::int8_t* weights,
                                       const std::int8_t*& ahead, std::uint8_t* y,
                                       __m512i (*sums)[Vectors]) {
  constexpr int first = Vectors == 1 ? Pixels : std::min(Pixels, 4);
  add_run<first>(tiles, x, weights, ahead, sums);
  if (is_whole(finish)) {
    store<true, first>(tiles, finish, y, sums);
  } else {
    store<false, first>(tiles, finish, y, sums);
  }
  if constexpr (Pixels > first) {
    finish_tile<Pixels - first>(tiles, finish, x + first * tiles.step->x.column, weights, ahead,
                                y + first * tiles.step->y.column, sums + first);
  }
}

template <int Pixels, int Vectors>
[[gnu::aligned(64)]] VERNIER_AVX512 void convolve_tiles(NarrowTiles& tiles) {
  // A copy: behind each store of bytes what is in memory would be loaded again.
  const Finish finish = copy_of(*tiles.finish);
  const Convolve& step = *tiles.step;
  const std::span<const std::int64_t> runs(step.runs.begin(), step.runs.end() - 1);
  const std::int64_t last_run = step.runs.back();
  const std::int8_t* ahead = tiles.ahead;
  const std::int64_t run_weights = step.run_length / narrow_step * Vectors * quad_weights;
  for (std::int64_t row = 0; row < tiles.rows; ++row) {
    const std::uint8_t* x = tiles.x + row * step.x.row;
    std::uint8_t* y = tiles.y + row * step.y.row;
    for (std::int64_t tile = 0; tile < tiles.tiles; ++tile) {
      __m512i sums[Pixels][Vectors];
      take_first_sums(tiles, sums);
      const std::int8_t* weights = tiles.weights;
      for (const std::int64_t run : runs) {
        add_run<Pixels>(tiles, x + run, weights, ahead, sums);
        weights += run_weights;
      }
      finish_tile<Pixels>(tiles, finish, x + last_run, weights, ahead, y, sums);
      x += Pixels * step.x.column;
      y += Pixels * step.y.column;
    }
  }
  tiles.ahead = ahead;
}

using TilesFunction = void (*)(NarrowTiles&);
template <int Vectors>
constexpr std::array<TilesFunction, most_tile_pixels> narrow_tiles = {
    convolve_tiles<1, Vectors>, convolve_tiles<2, Vectors>, convolve_tiles<3, Vectors>,
    convolve_tiles<4, Vectors>, convolve_tiles<5, Vectors>, convolve_tiles<6, Vectors>,
    convolve_tiles<7, Vectors>, convolve_tiles<8, Vectors>};

std::int64_t tiles_of_a_row(const Convolve& step) {
  return (step.sizes.columns + most_tile_pixels - 1) / most_tile_pixels;
}

// So that all weights of the next group are near when it begins: docs/decisions/0028.
std::int64_t ahead_step(const NarrowTiles& tiles) {
  const std::int64_t count = tiles.rows * tiles_of_a_row(*tiles.step);
  const std::int64_t turns = std::max<std::int64_t>(count * quads_of(*tiles.step) / 2, 1);
  return (narrow_bytes(*tiles.step) + turns - 1) / turns;
}

// Tiles as even as possible: of some pixels, and of one less.
VERNIER_AVX512 void convolve_rows(NarrowTiles& tiles, std::span<const TilesFunction> functions) {
  const std::int64_t columns = tiles.step->sizes.columns;
  const std::int64_t count = tiles_of_a_row(*tiles.step);
  const std::int64_t pixels = columns / count;
  const std::int64_t longer = columns % count;
  if (longer > 0) {
    tiles.tiles = longer;
    functions[static_cast<std::size_t>(pixels)](tiles);
    tiles.x += longer * (pixels + 1) * tiles.step->x.column;
    tiles.y += longer * (pixels + 1) * tiles.step->y.column;
  }
  tiles.tiles = count - longer;
  functions[static_cast<std::size_t>(pixels - 1)](tiles);
}

}  // namespace

VERNIER_AVX512 bool convolve_narrow(const Convolve& step, const ConvolutionPointers& pointers,
                                    const Finish& finish, const ConvolutionPart& part) {
  const std::int64_t channels = step.sizes.channels;
  const std::int64_t panels = panels_of(channels);
  if (!is_narrow(step) || part.first_panel > 0 || part.end_panel < panels ||
      pointers.prepared == nullptr) {
    return false;
  }
  const std::span<const TilesFunction> functions =
      channels == 8 ? std::span(narrow_tiles<1>) : std::span(narrow_tiles<3>);
  const std::int64_t first_row = part.first_row;
  NarrowTiles tiles{.step = &step, .finish = &finish, .rows = part.end_row - first_row};
  const std::int64_t bytes = narrow_bytes(step);
  tiles.ahead_step = ahead_step(tiles);
  for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
    const std::int64_t packed = group * panels * panel_channels;
    tiles.x = static_cast<const std::uint8_t*>(pointers.x) + first_row * step.x.row +
              group * step.group_step;
    tiles.y = static_cast<std::uint8_t*>(pointers.y) + first_row * step.y.row + group * channels;
    tiles.weights = reinterpret_cast<const std::int8_t*>(pointers.prepared) + group * bytes;
    tiles.ahead = tiles.weights + bytes;
    take_bias(pointers.arrays.bias + packed, channels, tiles);
    tiles.multipliers[0] = multipliers_of(pointers.arrays, packed, channels == 8);
    tiles.multipliers[1] =
        multipliers_of(pointers.arrays, packed + (panels - 1) * panel_channels, true);
    convolve_rows(tiles, functions);
  }
  return true;
}

}  // namespace vernier

#endif
