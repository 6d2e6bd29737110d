// Convolution with sdot: four products of bytes with a sign are added to each of four 32-bit sums.
// A tile is up to four pixels by a panel of sixteen channels: sixteen sums. Weights are taken as
// they lie in the plan; of the 16 bytes that are loaded of a pixel, each instruction takes four.

#if defined(__aarch64__)

#include <array>

#include <asm/hwcap.h>
#include <sys/auxv.h>

#include "vernier/engine/kernels_neon.h"

#define VERNIER_DOTPROD [[gnu::target("arch=armv8.2-a+dotprod")]]
#define VERNIER_DOTPROD_INLINE [[gnu::target("arch=armv8.2-a+dotprod"), gnu::always_inline]] inline

namespace vernier {
namespace {

constexpr std::int64_t panel_vectors = 4;

template <std::int64_t Pixels>
struct TileSums {
  int32x4_t at[Pixels][panel_vectors];
};

// One quad of the panel; `Quad` says which of the four in x.
template <std::int64_t Pixels, std::int64_t Quad>
VERNIER_DOTPROD_INLINE void add_quad(TileSums<Pixels>& sums, const int8x16_t (&x)[Pixels],
                                     const std::int8_t* weights) {
#pragma GCC unroll 2
  for (std::int64_t v = 0; v < panel_vectors; v += 2) {
    const int8x16_t low = vld1q_s8(weights + v * 16);
    const int8x16_t high = vld1q_s8(weights + v * 16 + 16);
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p) {
      sums.at[p][v] = vdotq_laneq_s32(sums.at[p][v], low, x[p], Quad);
      sums.at[p][v + 1] = vdotq_laneq_s32(sums.at[p][v + 1], high, x[p], Quad);
    }
  }
}

template <std::int64_t Pixels>
VERNIER_DOTPROD void sum_tile(const NeonTile& tile) {
  TileSums<Pixels> sums;
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Pixels; ++p) {
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < panel_vectors; ++v) {
      sums.at[p][v] =
          tile.adds ? vld1q_s32(tile.sums + p * block_channels + v * 4) : vdupq_n_s32(0);
    }
  }
  const std::int8_t* from = tile.x;
  const std::int8_t* weights = tile.weights;
  std::int64_t quads = tile.quads;
  for (; quads >= 4; quads -= 4) {
    int8x16_t x[Pixels];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p) x[p] = vld1q_s8(from + p * 16);
    add_quad<Pixels, 0>(sums, x, weights);
    add_quad<Pixels, 1>(sums, x, weights + quad_weights);
    add_quad<Pixels, 2>(sums, x, weights + 2 * quad_weights);
    add_quad<Pixels, 3>(sums, x, weights + 3 * quad_weights);
    from += Pixels * 16;
    weights += 4 * quad_weights;
  }
  if (quads > 0) {
    int8x16_t x[Pixels];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p) x[p] = vld1q_s8(from + p * 16);
    add_quad<Pixels, 0>(sums, x, weights);
    if (quads > 1) add_quad<Pixels, 1>(sums, x, weights + quad_weights);
    if (quads > 2) add_quad<Pixels, 2>(sums, x, weights + 2 * quad_weights);
  }
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Pixels; ++p) {
#pragma GCC unroll 4
    for (std::int64_t v = 0; v < panel_vectors; ++v) {
      vst1q_s32(tile.sums + p * block_channels + v * 4, sums.at[p][v]);
    }
  }
}

using TileFunction = void (*)(const NeonTile&);
constexpr std::array<TileFunction, 4> tile_functions = {sum_tile<1>, sum_tile<2>, sum_tile<3>,
                                                        sum_tile<4>};
constexpr NeonTiles tiles = {tile_functions, nullptr, false};

void convolve(const Convolve& step, const ConvolutionPointers& pointers,
              const ConvolutionPart& part) {
  if (!convolves_by_tiles(pointers)) return kernels_ref.convolve(step, pointers, part);
  convolve_by_tiles(tiles, step, pointers, part);
}

void dequantize(const QuantizeRow& row) { kernels_ref.dequantize(row); }

bool has_dotprod() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

}  // namespace

const Kernels kernels_neon_dotprod = {.isa = "neon_dotprod",
                                      .supported = has_dotprod,
                                      .convolve = convolve,
                                      .convolve_depthwise = convolve_depthwise_neon,
                                      .combine = combine_neon,
                                      .pool = pool_neon,
                                      .quantize = quantize_neon,
                                      .dequantize = dequantize,
                                      .look_up = look_up_neon,
                                      .expand = expand_neon};

}  // namespace vernier

#endif
