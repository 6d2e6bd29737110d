// Convolution with the products of bytes that every aarch64 CPU has: smull and smlal sum them in 16
// bits, sadalp adds pairs of these sums in 32. How many 16 bits hold is found out before
// (kernels_neon_blocks.cpp); the more, the fewer instructions: 16 bytes of two are 3 of them, 64 of
// eight are 9.
//
// A tile is up to three pixels by four channels, with one vector of 32-bit and one of 16-bit sums
// for each pair. Weights are copied for it: four channels by 16 products at a time.
//
// What no vector path is worth having for (16-bit activations and weights) goes to kernels_ref.

#if defined(__aarch64__)

#include "vernier/engine/kernels_neon.h"

#include <algorithm>
#include <array>

namespace vernier {
namespace {

constexpr std::int64_t strip_channels = 4;
constexpr std::int64_t strip_bytes = strip_channels * 16;  // of 16 products

template <std::int64_t Pixels>
struct TileSums {
  int32x4_t at[Pixels][strip_channels];
};

template <std::int64_t Pixels>
struct TileOperands {
  int8x16_t x[Pixels];
  int8x16_t weights[strip_channels];
};

template <std::int64_t Pixels>
VERNIER_NEON_INLINE TileOperands<Pixels> load_operands(const std::int8_t* x,
                                                       const std::int8_t* weights) {
  TileOperands<Pixels> operands;
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Pixels; ++p) operands.x[p] = vld1q_s8(x + p * 16);
#pragma GCC unroll 4
  for (std::int64_t c = 0; c < strip_channels; ++c)
    operands.weights[c] = vld1q_s8(weights + c * 16);
  return operands;
}

/// Two products in each lane of 16 bits, for a block.
template <std::int64_t Pixels>
struct NarrowSums {
  int16x8_t at[Pixels][strip_channels];
};

// A block of 16 products puts two into each lane of 16 bits.
template <std::int64_t Pixels, bool First>
VERNIER_NEON_INLINE void add_block(NarrowSums<Pixels>& sums, const std::int8_t* x,
                                   const std::int8_t* weights) {
  const auto operands = load_operands<Pixels>(x, weights);
#pragma GCC unroll 4
  for (std::int64_t c = 0; c < strip_channels; ++c) {
    const int8x16_t w = operands.weights[c];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p) {
      int16x8_t& sum = sums.at[p][c];
      const int8x8_t low = vget_low_s8(operands.x[p]);
      sum = First ? vmull_s8(low, vget_low_s8(w)) : vmlal_s8(sum, low, vget_low_s8(w));
      sum = vmlal_high_s8(sum, operands.x[p], w);
    }
  }
}

// So many blocks, then their sums go into those of 32 bits.
template <std::int64_t Pixels, std::int64_t Blocks>
VERNIER_NEON_INLINE void add_blocks(TileSums<Pixels>& sums, const std::int8_t* x,
                                    const std::int8_t* weights) {
  NarrowSums<Pixels> narrow;
  add_block<Pixels, true>(narrow, x, weights);
#pragma GCC unroll 8
  for (std::int64_t i = 1; i < Blocks; ++i) {
    asm volatile("" ::: "memory");  // else GCC 12 loads all blocks first, for want of registers
    add_block<Pixels, false>(narrow, x + i * Pixels * 16, weights + i * strip_bytes);
  }
#pragma GCC unroll 4
  for (std::int64_t c = 0; c < strip_channels; ++c) {
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p)
      sums.at[p][c] = vpadalq_s16(sums.at[p][c], narrow.at[p][c]);
  }
}

// One block, of which 16 bits hold a single product.
template <std::int64_t Pixels>
VERNIER_NEON_INLINE void add_single_products(TileSums<Pixels>& sums, const std::int8_t* x,
                                             const std::int8_t* weights) {
  const auto operands = load_operands<Pixels>(x, weights);
#pragma GCC unroll 4
  for (std::int64_t c = 0; c < strip_channels; ++c) {
    const int8x16_t w = operands.weights[c];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p) {
      int32x4_t& sum = sums.at[p][c];
      sum = vpadalq_s16(sum, vmull_s8(vget_low_s8(operands.x[p]), vget_low_s8(w)));
      sum = vpadalq_s16(sum, vmull_high_s8(operands.x[p], w));
    }
  }
}

// As many turns of `Turn` times `Blocks` blocks as there are.
template <std::int64_t Pixels, std::int64_t Blocks, std::int64_t Turn>
VERNIER_NEON_INLINE void add_turns(TileSums<Pixels>& sums, const std::int8_t*& x,
                                   const std::int8_t*& weights, std::int64_t& blocks) {
  for (; blocks >= Blocks * Turn; blocks -= Blocks * Turn) {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < Turn; ++i) {
      add_blocks<Pixels, Blocks>(sums, x + i * Blocks * Pixels * 16,
                                 weights + i * Blocks * strip_bytes);
    }
    x += Blocks * Turn * Pixels * 16;
    weights += Blocks * Turn * strip_bytes;
  }
}

template <std::int64_t Pixels>
VERNIER_NEON_INLINE void store_totals(const TileSums<Pixels>& sums, std::int32_t* y, bool adds) {
  int32x4_t totals[Pixels];
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Pixels; ++p) {
    const int32x4_t* of_pixel = sums.at[p];
    totals[p] =
        vpaddq_s32(vpaddq_s32(of_pixel[0], of_pixel[1]), vpaddq_s32(of_pixel[2], of_pixel[3]));
  }
  if (adds) {
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Pixels; ++p) {
      totals[p] = vaddq_s32(totals[p], vld1q_s32(y + p * block_channels));
    }
  }
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Pixels; ++p) vst1q_s32(y + p * block_channels, totals[p]);
}

// Four channels of the pixels.
template <std::int64_t Pixels, std::int64_t Products>
VERNIER_NEON_INLINE void sum_strip(const NeonTile& tile, const std::int8_t* weights,
                                   std::int32_t* y) {
  TileSums<Pixels> sums;
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Pixels; ++p) {
#pragma GCC unroll 4
    for (std::int64_t c = 0; c < strip_channels; ++c) sums.at[p][c] = vdupq_n_s32(0);
  }
  const std::int8_t* x = tile.x;
  std::int64_t blocks = tile.blocks;
  if constexpr (Products == 1) {
    for (; blocks > 0; --blocks) {
      add_single_products<Pixels>(sums, x, weights);
      x += Pixels * 16;
      weights += strip_bytes;
    }
  } else {
    if constexpr (Products == 16) add_turns<Pixels, 8, 1>(sums, x, weights, blocks);
    if constexpr (Products >= 8) add_turns<Pixels, 4, 1>(sums, x, weights, blocks);
    if constexpr (Products == 4) add_turns<Pixels, 2, 2>(sums, x, weights, blocks);
    if constexpr (Products == 2) add_turns<Pixels, 1, 4>(sums, x, weights, blocks);
    if constexpr (Products >= 4) add_turns<Pixels, 2, 1>(sums, x, weights, blocks);
    add_turns<Pixels, 1, 1>(sums, x, weights, blocks);
  }
  store_totals(sums, y, tile.adds);
}

template <std::int64_t Pixels, std::int64_t Products>
void sum_panel(const NeonTile& tile) {
  const std::int64_t strip = tile.blocks * strip_bytes;
  for (std::int64_t i = 0; i < panel_channels / strip_channels; ++i) {
    sum_strip<Pixels, Products>(tile, tile.weights + i * strip, tile.sums + i * strip_channels);
  }
}

template <std::int64_t Pixels>
void sum_tile(const NeonTile& tile) {
  switch (tile.products) {
    case 16:
      return sum_panel<Pixels, 16>(tile);
    case 8:
      return sum_panel<Pixels, 8>(tile);
    case 4:
      return sum_panel<Pixels, 4>(tile);
    case 2:
      return sum_panel<Pixels, 2>(tile);
    default:
      return sum_panel<Pixels, 1>(tile);
  }
}

// Four quads of a panel. Words are stored in turns: that brings the quads of a channel together.
VERNIER_NEON_INLINE void pack_block(const std::int8_t* quads, std::int8_t* packed,
                                    std::int64_t strip) {
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < panel_channels / strip_channels; ++i) {
    const auto* words = reinterpret_cast<const std::int32_t*>(quads) + i * strip_channels;
    const int32x4x4_t four = {
        {vld1q_s32(words), vld1q_s32(words + 16), vld1q_s32(words + 32), vld1q_s32(words + 48)}};
    vst4q_s32(reinterpret_cast<std::int32_t*>(packed + i * strip), four);
  }
}

// [4 strips][16 products][4 channels][16 products], with zeros behind the last quad.
void pack(const std::int8_t* panel, std::int64_t quads, std::int8_t* packed) {
  const std::int64_t strip = (quads + 3) / 4 * strip_bytes;
  for (; quads >= 4; quads -= 4) {
    pack_block(panel, packed, strip);
    panel += 4 * quad_weights;
    packed += strip_bytes;
  }
  if (quads == 0) return;
  std::array<std::int8_t, 4 * quad_weights> last{};
  std::copy_n(panel, quads * quad_weights, last.data());
  pack_block(last.data(), packed, strip);
}

using TileFunction = void (*)(const NeonTile&);
constexpr std::array<TileFunction, 3> tile_functions = {sum_tile<1>, sum_tile<2>, sum_tile<3>};
constexpr NeonTiles tiles = {tile_functions, pack, true};

void convolve(const Convolve& step, const ConvolutionPointers& pointers,
              const ConvolutionPart& part) {
  if (!convolves_by_tiles(pointers)) return kernels_ref.convolve(step, pointers, part);
  convolve_by_tiles(tiles, step, pointers, part);
}

void dequantize(const QuantizeRow& row) { kernels_ref.dequantize(row); }

}  // namespace

const Kernels kernels_neon = {.isa = "neon",
                              .supported = [] { return true; },
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
