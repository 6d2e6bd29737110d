// Convolution with vpdpbusd on vectors of 256 bits (AVX-VNNI: Alder Lake and later without
// AVX-512): four products of u8 and s8 are added to each of eight 32-bit sums, without an
// intermediate saturation. A tile is up to six pixels by a panel of sixteen channels: twelve sums;
// the weights are operands in memory.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_tiles.h"

#define VERNIER_AVX_VNNI [[gnu::target("avx2,fma,avxvnni")]]
#define VERNIER_AVX_VNNI_INLINE [[gnu::target("avx2,fma,avxvnni"), gnu::always_inline]] inline

namespace vernier {
namespace {

// A fetch with each quad is a load more, which costs 3 to 7 %: not where there is nothing to fetch.
template <bool Ahead, int Pixels>
VERNIER_AVX_VNNI_INLINE void accumulate(const PixelTile& tile, __m256i (&low)[Pixels],
                                        __m256i (&high)[Pixels]) {
  const auto* weights = static_cast<const std::int8_t*>(tile.weights);
  const std::int64_t length = tile.step->run_length;
  const std::byte* ahead = tile.ahead;
  const std::int64_t ahead_step = tile.ahead_step;
  for (const std::int64_t run : tile.step->runs) {
    for (std::int64_t k = 0; k < length; k += 4) {
      const __m256i low_weights = load256(weights);
      const __m256i high_weights = load256(weights + 32);
      weights += quad_weights;
      if (Ahead) _mm_prefetch(ahead, _MM_HINT_T1);
      ahead += ahead_step;
#pragma GCC unroll 8
      for (int i = 0; i < Pixels; ++i) {
        const __m256i x = broadcast_quad(tile.x[i] + run + k);
        low[i] = _mm256_dpbusd_avx_epi32(low[i], x, low_weights);
        high[i] = _mm256_dpbusd_avx_epi32(high[i], x, high_weights);
      }
    }
  }
}

template <int Pixels>
VERNIER_AVX_VNNI void convolve_tile(const PixelTile& tile) {
  __m256i low[Pixels];   // of channels 0 to 7
  __m256i high[Pixels];  // of channels 8 to 15
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    low[i] = bias_of(tile);
    high[i] = bias_of(tile, 8);
  }
  if (tile.ahead_step > 0) {
    accumulate<true>(tile, low, high);
  } else {
    accumulate<false>(tile, low, high);
  }
  finish_sixteens(tile, low, high);
}

// Weights of 4 bits, for one tile alone. Quads of even and of odd number have sums of their own, so
// that an addition need not wait for the one before it.
template <int Pixels>
VERNIER_AVX_VNNI void convolve_nibble_tile(const PixelTile& tile) {
  __m256i low[2][Pixels];   // of channels 0 to 7
  __m256i high[2][Pixels];  // of channels 8 to 15
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    low[0][i] = bias_of(tile);
    high[0][i] = bias_of(tile, 8);
    low[1][i] = high[1][i] = _mm256_setzero_si256();
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
      low[0][i] = _mm256_dpbusd_avx_epi32(low[0][i], even, first.low);
      low[1][i] = _mm256_dpbusd_avx_epi32(low[1][i], odd, first.high);
      high[0][i] = _mm256_dpbusd_avx_epi32(high[0][i], even, second.low);
      high[1][i] = _mm256_dpbusd_avx_epi32(high[1][i], odd, second.high);
    }
  }
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    low[0][i] = _mm256_add_epi32(low[0][i], low[1][i]);
    high[0][i] = _mm256_add_epi32(high[0][i], high[1][i]);
  }
  finish_sixteens(tile, low[0], high[0]);
}

constexpr std::array<TileFunction, most_waiting_pixels> nibble_tile_functions = {
    convolve_nibble_tile<1>, convolve_nibble_tile<2>};
constexpr std::array<TileFunction, 6> tile_functions = {convolve_tile<1>, convolve_tile<2>,
                                                        convolve_tile<3>, convolve_tile<4>,
                                                        convolve_tile<5>, convolve_tile<6>};

void convolve(const Convolve& step, const ConvolutionPointers& pointers,
              const ConvolutionPart& part) {
  if (!is_8_bit(pointers) || pointers.weight_element == WeightElement::s16) {
    return convolve_avx2(step, pointers, part);
  }
  const std::span<const TileFunction> tiles =
      stays_nibbles(step) ? std::span<const TileFunction>(nibble_tile_functions) : tile_functions;
  convolve_tiles({16, false, tiles}, step, with_bytes(step, pointers), part);
}

bool has_avx_vnni() {
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0 &&
         __builtin_cpu_supports("avxvnni") != 0;
}

void combine(const Combine& step, const CombineRow& row) { kernels_avx2.combine(step, row); }
void pool(const Pool& step, const PoolWindows& window) { kernels_avx2.pool(step, window); }
void quantize(const QuantizeRow& row) { kernels_avx2.quantize(row); }
void dequantize(const QuantizeRow& row) { kernels_avx2.dequantize(row); }
void look_up(const LookupRow& row) { kernels_avx2.look_up(row); }

}  // namespace

const Kernels kernels_avx_vnni = {.isa = "avx_vnni",
                                  .supported = has_avx_vnni,
                                  .prepare = bytes_of_nibbles,
                                  .convolve = convolve,
                                  .convolve_depthwise = convolve_depthwise_avx2,
                                  .combine = combine,
                                  .pool = pool,
                                  .quantize = quantize,
                                  .dequantize = dequantize,
                                  .look_up = look_up,
                                  .expand = expand_avx2};

}  // namespace vernier

#endif
