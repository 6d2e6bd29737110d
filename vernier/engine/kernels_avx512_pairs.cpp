// Grouped convolution on AVX512-VNNI where half of a vector of each group would stay empty: groups
// of 8 channels, or of 24. Two groups then share the vector of their last eight channels, whose low
// half reads the x of the first group and whose high half that of the second: three products
// instead of four, or one instead of two.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <cstring>
#include <span>

#include "vernier/engine/kernels_avx512_products.h"
#include "vernier/engine/kernels_avx512_tiles.h"

namespace vernier {
namespace {

constexpr std::size_t most_pair_pixels = 8;

// Some pixels of a pair of groups.
struct PairTile {
  const Convolve* step;
  const Finish* finish;
  const std::uint8_t* x;
  const std::int8_t* weights;
  std::int64_t panel_size;
  const std::int32_t* bias;
  const float* multipliers;
  std::uint8_t* y;
};

VERNIER_AVX512_INLINE __m512i repeated_quad(const std::uint8_t* x) {
  std::int32_t quad;
  std::memcpy(&quad, x, sizeof(quad));
  return _mm512_set1_epi32(quad);
}

VERNIER_AVX512_INLINE __m512i low_halves(__m512i low, __m512i high) {
  return _mm512_inserti64x4(low, _mm512_castsi512_si256(high), 1);
}

// A pair has the `Full` whole vectors of its first group, the shared one, and those of the second.
// Where each group has `Full` + 1 vectors, `distance` bytes apart, this is number `i` of them.
template <int Full>
VERNIER_AVX512_INLINE __m512i pair_vector(const void* data, std::int64_t distance, int i) {
  const auto* bytes = static_cast<const std::byte*>(data);
  const __m512i vector = _mm512_loadu_si512(bytes + i * distance);
  if (i != Full) return vector;
  return low_halves(vector, _mm512_loadu_si512(bytes + (2 * Full + 1) * distance));
}

template <int Pixels, int Full>
VERNIER_AVX512_INLINE void accumulate(const PairTile& tile, __m512i (&sums)[Pixels][2 * Full + 1]) {
  constexpr int vectors = 2 * Full + 1;
  const std::int64_t x_step = tile.step->x.column;
  const std::int64_t group_step = tile.step->group_step;
  const std::int64_t panel_size = tile.panel_size;
  const std::int64_t quads = (tile.step->run_length + 3) / 4;
  const std::int8_t* weights = tile.weights;
  for (const std::int64_t run : tile.step->runs) {
    // Pointers to the fourth pixel, too: with fewer distances, they all fit in the registers.
    const std::uint8_t* x[2] = {tile.x + run, tile.x + run + 4 * x_step};
    for (std::int64_t quad = 0; quad < quads; ++quad) {
      __m512i w[vectors];
#pragma GCC unroll 3
      for (int i = 0; i < vectors; ++i) w[i] = pair_vector<Full>(weights, panel_size, i);
#pragma GCC unroll 8
      for (int pixel = 0; pixel < Pixels; ++pixel) {
        const std::uint8_t* four_pixels = x[pixel / 4];
        const std::int64_t distance = pixel % 4 * x_step;
        const __m512i first = repeated_quad(four_pixels + distance);
        const __m512i second = repeated_quad(four_pixels + group_step + distance);
#pragma GCC unroll 3
        for (int i = 0; i < vectors; ++i) {
          const __m512i four = i < Full ? first : i > Full ? second : low_halves(first, second);
          sums[pixel][i] = VnniProducts::add(sums[pixel][i], four, w[i]);
        }
      }
      x[0] += 4;
      x[1] += 4;
      weights += quad_weights;
    }
  }
}

template <int Full>
VERNIER_AVX512_INLINE __m512i rounded(const PairTile& tile, __m512i sum, int i) {
  const __m512 multipliers =
      _mm512_castsi512_ps(pair_vector<Full>(tile.multipliers, quad_weights, i));
  return _mm512_cvtps_epi32(_mm512_mul_ps(_mm512_cvtepi32_ps(sum), multipliers));
}

// 24 channels of each group: the last eight of the first one stand in the middle.
template <int Pixels>
VERNIER_AVX512_INLINE void store(const PairTile& tile, __m512i (&sums)[Pixels][3]) {
  const __m512i order = _mm512_setr_epi64(0, 1, 2, 4, 5, 3, 6, 7);
  const auto lanes = static_cast<__mmask64>((1ULL << 48U) - 1);
  std::uint8_t* y = tile.y;
#pragma GCC unroll 8
  for (int pixel = 0; pixel < Pixels; ++pixel, y += tile.step->y.column) {
    const __m512i bytes = packed_bytes(*tile.finish, rounded<1>(tile, sums[pixel][0], 0),
                                       rounded<1>(tile, sums[pixel][1], 1),
                                       rounded<1>(tile, sums[pixel][2], 2), _mm512_setzero_si512());
    _mm512_mask_storeu_epi8(y, lanes, _mm512_permutexvar_epi64(order, bytes));
  }
}

VERNIER_AVX512_INLINE void store_quarter(std::uint8_t* y, __m128i bytes) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(y), bytes);
}

// Eight channels of each group, of four pixels at a time.
template <int Pixels>
VERNIER_AVX512_INLINE void store(const PairTile& tile, __m512i (&sums)[Pixels][1]) {
  constexpr int last = Pixels - 1;
#pragma GCC unroll 8
  for (int pixel = 0; pixel < Pixels; pixel += 4) {
    const __m512i bytes = packed_bytes(*tile.finish, rounded<0>(tile, sums[pixel][0], 0),
                                       rounded<0>(tile, sums[std::min(pixel + 1, last)][0], 0),
                                       rounded<0>(tile, sums[std::min(pixel + 2, last)][0], 0),
                                       rounded<0>(tile, sums[std::min(pixel + 3, last)][0], 0));
    const std::int64_t step = tile.step->y.column;
    std::uint8_t* y = tile.y + pixel * step;
    store_quarter(y, _mm512_castsi512_si128(bytes));
    if (pixel + 1 < Pixels) store_quarter(y + step, _mm512_extracti32x4_epi32(bytes, 1));
    if (pixel + 2 < Pixels) store_quarter(y + 2 * step, _mm512_extracti32x4_epi32(bytes, 2));
    if (pixel + 3 < Pixels) store_quarter(y + 3 * step, _mm512_extracti32x4_epi32(bytes, 3));
  }
}

template <int Pixels, int Full>
VERNIER_AVX512 void convolve_pair_tile(const PairTile& tile) {
  constexpr int vectors = 2 * Full + 1;
  __m512i sums[Pixels][vectors];
#pragma GCC unroll 3
  for (int i = 0; i < vectors; ++i) {
    const __m512i bias = pair_vector<Full>(tile.bias, quad_weights, i);
#pragma GCC unroll 8
    for (int pixel = 0; pixel < Pixels; ++pixel) sums[pixel][i] = bias;
  }
  accumulate<Pixels, Full>(tile, sums);
  store(tile, sums);
}

using PairFunction = void (*)(const PairTile&);
template <int Full>
constexpr std::array<PairFunction, most_pair_pixels> pair_tiles = {
    convolve_pair_tile<1, Full>, convolve_pair_tile<2, Full>, convolve_pair_tile<3, Full>,
    convolve_pair_tile<4, Full>, convolve_pair_tile<5, Full>, convolve_pair_tile<6, Full>,
    convolve_pair_tile<7, Full>, convolve_pair_tile<8, Full>};

// Tiles as even as possible.
void convolve_row(PairTile tile, std::span<const PairFunction> functions) {
  std::int64_t count = tile.step->sizes.columns;
  constexpr auto most = static_cast<std::int64_t>(most_pair_pixels);
  for (std::int64_t left = (count + most - 1) / most; left > 0; --left) {
    const std::int64_t pixels = (count + left - 1) / left;
    functions[static_cast<std::size_t>(pixels - 1)](tile);
    tile.x += pixels * tile.step->x.column;
    tile.y += pixels * tile.step->y.column;
    count -= pixels;
  }
}

// Weights of a pair of groups, one panel behind the other.
struct PairWeights {
  const std::int8_t* first;
  std::int64_t panel_size;
};

PairWeights weights_of(const Convolve& step, const ConvolutionPointers& pointers,
                       std::int64_t group) {
  const std::int64_t size = panel_bytes(WeightElement::s8, quads_of(step));
  return {static_cast<const std::int8_t*>(pointers.weights) +
              group * panels_of(step.sizes.channels) * size,
          size};
}

}  // namespace

std::int64_t convolve_pairs(const Convolve& step, const ConvolutionPointers& pointers,
                            const Finish& finish, const ConvolutionPart& part) {
  const std::int64_t channels = step.sizes.channels;
  const std::int64_t panels = panels_of(channels);
  if ((channels != 8 && channels != 24) || pointers.weight_element != WeightElement::s8 ||
      pointers.addend != nullptr || part.first_panel > 0 || part.end_panel < panels) {
    return part.first_group;
  }
  const std::span<const PairFunction> functions = channels == 8 ? pair_tiles<0> : pair_tiles<1>;
  std::int64_t group = part.first_group;
  for (; group + 2 <= part.end_group; group += 2) {
    const PairWeights weights = weights_of(step, pointers, group);
    const std::int64_t packed = group * panels * panel_channels;
    PairTile tile{.step = &step,
                  .finish = &finish,
                  .x = static_cast<const std::uint8_t*>(pointers.x) + group * step.group_step,
                  .weights = weights.first,
                  .panel_size = weights.panel_size,
                  .bias = pointers.arrays.bias + packed,
                  .multipliers = static_cast<const float*>(pointers.arrays.multipliers) + packed,
                  .y = static_cast<std::uint8_t*>(pointers.y) + group * channels};
    tile.x += part.first_row * step.x.row;
    tile.y += part.first_row * step.y.row;
    for (std::int64_t row = part.first_row; row < part.end_row; ++row) {
      convolve_row(tile, functions);
      tile.x += step.x.row;
      tile.y += step.y.row;
    }
  }
  return group;
}

}  // namespace vernier

#endif
