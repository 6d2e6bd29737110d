// Convolution for AVX2, exact in 8 bits: kernels_groups.h.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_tiles.h"
#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

using Vector = __m256i;
constexpr std::int64_t vector_bytes = 32;

VERNIER_AVX2_INLINE Vector word_ones() { return _mm256_set1_epi16(1); }
VERNIER_AVX2_INLINE Vector load(const void* data) { return load256(data); }
VERNIER_AVX2_INLINE Vector repeat_quad(const std::uint8_t* x) { return broadcast_quad(x); }
VERNIER_AVX2_INLINE Vector add(Vector a, Vector b) { return _mm256_add_epi32(a, b); }
VERNIER_AVX2_INLINE Vector add_words(Vector a, Vector b) { return _mm256_add_epi16(a, b); }
VERNIER_AVX2_INLINE Vector multiply_bytes(Vector x, Vector w) { return _mm256_maddubs_epi16(x, w); }
VERNIER_AVX2_INLINE Vector multiply_words(Vector x, Vector w) { return _mm256_madd_epi16(x, w); }
template <int Pixels>
VERNIER_AVX2_INLINE void finish(const PixelTile& tile, const Vector (&sums)[Pixels]) {
  finish_pixels(tile, sums);
}

#define VERNIER_TILE VERNIER_AVX2
#define VERNIER_TILE_INLINE VERNIER_AVX2_INLINE
#include "vernier/engine/kernels_grouped_tiles.h"

// ---- Pairs of pixels.

template <int Pairs>
VERNIER_AVX2 void sum_winograd_tile(const PixelTile& tile, const std::int32_t* start,
                                    std::int32_t* target) {
  Vector sums[Pairs];
  sum_panel(tile, start, sums);
#pragma GCC unroll 8
  for (int i = 0; i < Pairs; ++i) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target + 8 * i), sums[i]);
  }
}

// ---- Weights of 4 bits that one tile alone reads; sixteen channels.

template <int Pixels>
VERNIER_AVX2 void convolve_nibble_tile(const PixelTile& tile) {
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i low[Pixels];   // of channels 0 to 7
  __m256i high[Pixels];  // of channels 8 to 15
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    low[i] = bias_of(tile);
    high[i] = bias_of(tile, 8);
  }
  const auto* nibbles = static_cast<const std::byte*>(tile.weights);
  const std::int64_t run = tile.step->runs[0];
  const std::int64_t length = tile.step->run_length;
  for (std::int64_t k = 0; k < length; k += 8) {
    const NibbleHalves first = nibble_halves(nibbles);
    const NibbleHalves second = nibble_halves(nibbles + 32);
    nibbles += quad_weights;
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i) {
      const std::uint8_t* x = tile.x[i] + run + k;
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
  finish_sixteens(tile, low, high);
}

// ---- Weights of 8 bits of a layer that waits for them; sixteen channels. Both operands become
// words.

constexpr std::int64_t weights_ahead = 8 << 10;
constexpr int fours = 4;  // of channels, two partial sums each

// Four neighbours of x as 16-bit numbers, four times over.
VERNIER_AVX2_INLINE __m256i widened_quad(const std::uint8_t* x) {
  return _mm256_unpacklo_epi8(broadcast_quad(x), _mm256_setzero_si256());
}

// Of channels 0 to 3 and 4 to 7.
VERNIER_AVX2_INLINE __m256i sums_of_eight(__m256i low, __m256i high) {
  // hadd gives channels 0 1 4 5 | 2 3 6 7.
  return _mm256_permute4x64_epi64(_mm256_hadd_epi32(low, high), 0xD8);
}

template <int Pixels>
VERNIER_AVX2 void convolve_waiting_tile(const PixelTile& tile) {
  __m256i partial[Pixels][fours];
#pragma GCC unroll 2
  for (int i = 0; i < Pixels; ++i) {
#pragma GCC unroll 4
    for (auto& sum : partial[i]) sum = _mm256_setzero_si256();
  }
  const auto* weights = static_cast<const std::int8_t*>(tile.weights);
  for (const std::int64_t run : tile.step->runs) {
    for (std::int64_t k = 0; k < tile.step->run_length; k += 4) {
      _mm_prefetch(weights + weights_ahead, _MM_HINT_T0);
#pragma GCC unroll 2
      for (int i = 0; i < Pixels; ++i) {
        const __m256i x = widened_quad(tile.x[i] + run + k);
#pragma GCC unroll 4
        for (int four = 0; four < fours; ++four) {
          const __m256i words = widened_sixteen(weights + 16 * four);
          partial[i][four] = _mm256_add_epi32(partial[i][four], _mm256_madd_epi16(x, words));
        }
      }
      weights += quad_weights;
    }
  }
  __m256i low[Pixels];
  __m256i high[Pixels];
#pragma GCC unroll 2
  for (int i = 0; i < Pixels; ++i) {
    low[i] = _mm256_add_epi32(sums_of_eight(partial[i][0], partial[i][1]), bias_of(tile));
    high[i] = _mm256_add_epi32(sums_of_eight(partial[i][2], partial[i][3]), bias_of(tile, 8));
  }
  finish_sixteens(tile, low, high);
}

// ---- Weights of 16 bits: ten sums of two products each, of channels 0 to 3 and 4 to 7.

template <int Pixels>
VERNIER_AVX2 void convolve_word_tile(const PixelTile& tile) {
  __m256i low[Pixels];   // of channels 0 to 3, two partial sums each
  __m256i high[Pixels];  // of channels 4 to 7
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) low[i] = high[i] = _mm256_setzero_si256();
  const auto* weights = static_cast<const std::int16_t*>(tile.weights);
  const std::int64_t length = tile.step->run_length;
  for (const std::int64_t run : tile.step->runs) {
    for (std::int64_t k = 0; k < length; k += 4) {
      const __m256i low_weights = load256(weights);
      const __m256i high_weights = load256(weights + 16);
      weights += quad_weights;
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i) {
        const __m256i x = widened_quad(tile.x[i] + run + k);
        low[i] = _mm256_add_epi32(low[i], _mm256_madd_epi16(x, low_weights));
        high[i] = _mm256_add_epi32(high[i], _mm256_madd_epi16(x, high_weights));
      }
    }
  }
  __m256i sums[Pixels];
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    sums[i] = _mm256_add_epi32(sums_of_eight(low[i], high[i]), bias_of(tile));
  }
  finish_pixels(tile, sums);
}

constexpr std::array<TileFunction, most_waiting_pixels> nibble_tiles = {convolve_nibble_tile<1>,
                                                                        convolve_nibble_tile<2>};
constexpr std::array<TileFunction, most_waiting_pixels> waiting_tiles = {convolve_waiting_tile<1>,
                                                                         convolve_waiting_tile<2>};
constexpr std::array<TileFunction, 5> word_tiles = {convolve_word_tile<1>, convolve_word_tile<2>,
                                                    convolve_word_tile<3>, convolve_word_tile<4>,
                                                    convolve_word_tile<5>};

PixelTileKind tiles_for(const Convolve& step, const ConvolutionPointers& pointers) {
  if (pointers.weight_element == WeightElement::s16) return {8, false, word_tiles};
  if (stays_nibbles(step)) return {16, false, nibble_tiles};
  if (takes_plan_weights(step)) return {16, false, waiting_tiles};
  if (has_acc16(pointers.prepared)) return {16, true, acc16_tiles};
  return {8, true, grouped_tiles};
}

}  // namespace

constexpr std::array<SumFunction, 2> winograd_tiles = {sum_winograd_tile<7>, sum_winograd_tile<8>};

void convolve_avx2(const Convolve& step, const ConvolutionPointers& pointers,
                   const ConvolutionPart& part) {
  const bool ready = takes_plan_weights(step) || pointers.prepared != nullptr;
  if (!is_8_bit(pointers) || !ready) return kernels_ref.convolve(step, pointers, part);
  if (!takes_plan_weights(step) && has_winograd(pointers.prepared)) {
    return convolve_winograd(step, pointers, part);
  }
  convolve_tiles(tiles_for(step, pointers), step, pointers, part);
}

}  // namespace vernier

#endif
