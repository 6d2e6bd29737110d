// Convolution for AVX2 with weights so small that many products fit in 16 bits: acc16, after the
// name that FBGEMM has for it. Sums of 16 bits of six pixels by sixteen channels stay in registers
// throughout a group; what a group gives is added to sums of 32 bits in memory.

#if defined(__x86_64__)

#include <array>

#include "vernier/engine/kernels_avx2_tiles.h"
#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

constexpr int halves = 2;  // of sixteen channels

// Adds the products of four neighbours of x. Written down, because GCC 12 would copy the sums
// around, would take the additions further away from the products, and another register for the
// last ones: 3 % on Zen 4.
VERNIER_AVX2_INLINE void add_products(__m256i x, const __m256i (&weights)[halves],
                                      __m256i (&words)[halves]) {
  __m256i low = words[0];
  __m256i high = words[1];
  __m256i product;
  asm("vpmaddubsw %[first], %[x], %[product]\n\tvpmaddubsw %[second], %[x], %[x]\n\t"
      "vpaddw %[product], %[low], %[low]\n\tvpaddw %[x], %[high], %[high]"
      : [low] "+x"(low), [high] "+x"(high), [x] "+x"(x), [product] "=&x"(product)
      : [first] "x"(weights[0]), [second] "x"(weights[1]));
  words[0] = low;
  words[1] = high;
}

// The quads that come next.
struct Quads {
  const std::int32_t* offsets;
  const std::int8_t* weights;
};

// Adds the products of one quad, or begins with them.
template <bool First, int Pixels>
VERNIER_AVX2_INLINE void add_quad(const std::uint8_t* const (&x)[Pixels], Quads& next,
                                  __m256i (&words)[Pixels][halves]) {
  const std::int64_t offset = *next.offsets++;
  const __m256i weights[halves] = {load256(next.weights), load256(next.weights + 32)};
  next.weights += quad_weights;
  asm("" : "+r"(next.offsets), "+r"(next.weights));  // not to be computed anew behind a loop
#pragma GCC unroll 6
  for (int i = 0; i < Pixels; ++i) {
    const __m256i four = broadcast_quad(x[i] + offset);
    if constexpr (First) {
      words[i][0] = _mm256_maddubs_epi16(four, weights[0]);
      words[i][1] = _mm256_maddubs_epi16(four, weights[1]);
    } else {
      add_products(four, weights, words[i]);
    }
  }
}

template <int Pixels>
VERNIER_AVX2 void convolve_tile(const PixelTile& tile) {
  const auto* begin = static_cast<const std::byte*>(tile.weights);
  const auto& panel = *static_cast<const GroupedPanel*>(tile.weights);
  const auto* sizes = reinterpret_cast<const std::int32_t*>(begin + panel.offsets);
  Quads next{sizes + panel.longs, reinterpret_cast<const std::int8_t*>(begin + panel.weights)};
  const std::byte* ahead = tile.ahead;
  const std::uint8_t* x[Pixels];
  __m256i sums[halves][Pixels];
#pragma GCC unroll 6
  for (int i = 0; i < Pixels; ++i) {
    x[i] = tile.x[i];
    sums[0][i] = bias_of(tile);
    sums[1][i] = bias_of(tile, 8);
  }
  for (std::int32_t group = 0; group < panel.longs; ++group) {
    __m256i words[Pixels][halves];
    add_quad<true>(x, next, words);
    for (std::int32_t left = sizes[group] - 1; left > 0; --left) add_quad<false>(x, next, words);
    if (tile.ahead_step > 0) {  // once for a group of a dozen quads: two lines are enough
      _mm_prefetch(ahead, _MM_HINT_T1);
      _mm_prefetch(ahead + 64, _MM_HINT_T1);
      ahead += tile.ahead_step * sizes[group];
    }
    const __m256i ones = _mm256_set1_epi16(1);
#pragma GCC unroll 6
    for (int i = 0; i < Pixels; ++i) {
#pragma GCC unroll 2
      for (int half = 0; half < halves; ++half) {
        sums[half][i] = _mm256_add_epi32(sums[half][i], _mm256_madd_epi16(words[i][half], ones));
      }
    }
  }
  finish_sixteens(tile, sums[0], sums[1]);
}

}  // namespace

constexpr std::array<TileFunction, 6> acc16_tiles = {convolve_tile<1>, convolve_tile<2>,
                                                     convolve_tile<3>, convolve_tile<4>,
                                                     convolve_tile<5>, convolve_tile<6>};

bool has_acc16(const std::byte* prepared) {
  return reinterpret_cast<const GroupedPanel*>(prepared)->longs > 0;
}

}  // namespace vernier

#endif
