// Convolutions on NEON, cut into blocks of 72 pixels by 128 channels over chunks of 1152 products.
// What the pixels of a block read is copied into rows side by side, so that runs, strides and
// dilations are over before the products begin; the sums stay in memory until the last chunk.
//
// The instructions multiply bytes with a sign, and x has none: the copies are x - c, and
//   sum of x * w = sum of (x - c) * w + c * sum of w,
// modulo 2^32 as everywhere. With c in the middle of the numbers that x holds, |x - c| is as small
// as can be, and 16 bits sum so many products the more: n of them if
//   most of |x - c| * (sum of |w| over any n weights that meet in a lane) <= 32767.
// 8-bit numbers allow two, as long as no weight is -128; numbers of 7 bits eight, always, and 16 as
// weights are distributed. Both are looked at before the work begins, and the plan knows nothing of
// it. Weights of 4 bits become bytes a chunk at a time.

#if defined(__aarch64__)

#include <algorithm>
#include <array>

#include "vernier/engine/kernels_neon.h"

namespace vernier {
namespace {

// Chunks begin where every number of products that 16 bits sum begins anew.
constexpr std::int64_t chunk_step = 32;  // quads
constexpr std::int64_t most_16_bits = 32767;
// For fewer pixels it is not worth looking at all weights and all of x first.
constexpr std::int64_t least_pixels = 4;
// Bytes of x for one that is copied, at most, that are worth looking at.
constexpr std::int64_t most_looks = 4;

/// What is the same for all blocks of a part.
struct Work {
  const NeonTiles* tiles;
  const Convolve* step;
  const ConvolutionPointers* pointers;
  std::int64_t first_pixel;
  std::int64_t end_pixel;
  std::int64_t quads;         // of a sum
  std::uint8_t centre = 128;  // c above
  std::int64_t most_sum = 0;  // of |w| in a lane; 0: nobody looked
};

/// Panels of a group, block_panels at most.
struct Panels {
  std::int64_t group;
  std::int64_t first;
  std::int64_t count;
};

constexpr std::int64_t most_tile = 4;  // pixels
// One vector more, because runs are copied by whole vectors.
constexpr std::int64_t row_bytes = chunk_products + 16;

struct BlockScratch {
  alignas(64) std::array<std::int8_t, most_tile * row_bytes> rows{};
  alignas(64) std::array<std::int8_t, block_pixels * chunk_products> x;
  alignas(64) std::array<std::int8_t, panel_channels * chunk_products> expanded;
  alignas(64) std::array<std::int8_t, panel_channels * chunk_products> weights;
  alignas(64) std::array<std::int32_t, block_pixels * block_channels> sums;
  alignas(64) std::array<std::int32_t, block_channels> weight_sums{};
  alignas(64) std::array<std::int32_t, block_channels> constants;
};

// ---- How many products 16 bits can sum.

struct ByteRange {
  std::int64_t lo = 0;
  std::int64_t hi = 255;
};

ByteRange range_of(const std::uint8_t* x, std::int64_t count) {
  uint8x16_t lo[2] = {vdupq_n_u8(x[0]), vdupq_n_u8(x[0])};
  uint8x16_t hi[2] = {lo[0], lo[0]};
  std::int64_t i = 0;
  for (; i + 32 <= count; i += 32) {
#pragma GCC unroll 2
    for (std::int64_t half = 0; half < 2; ++half) {
      const uint8x16_t bytes = vld1q_u8(x + i + 16 * half);
      lo[half] = vminq_u8(lo[half], bytes);
      hi[half] = vmaxq_u8(hi[half], bytes);
    }
  }
  ByteRange range{vminvq_u8(vminq_u8(lo[0], lo[1])), vmaxvq_u8(vmaxq_u8(hi[0], hi[1]))};
  for (; i < count; ++i) {
    range.lo = std::min<std::int64_t>(range.lo, x[i]);
    range.hi = std::max<std::int64_t>(range.hi, x[i]);
  }
  return range;
}

// Of everything that a part reads, and of what lies between.
ByteRange range_of_x(const Work& work, const ConvolutionPart& part) {
  const Convolve& step = *work.step;
  const auto [first, last] = std::ranges::minmax(step.runs);
  const std::int64_t begin =
      part.first_row * step.x.row + part.first_group * step.group_step + first;
  const std::int64_t end = (part.end_row - 1) * step.x.row +
                           (step.sizes.columns - 1) * step.x.column +
                           (part.end_group - 1) * step.group_step + last + step.run_length;
  const std::int64_t copied =
      (work.end_pixel - work.first_pixel) * work.quads * 4 * (part.end_group - part.first_group);
  if (end - begin > copied * most_looks) return {};
  return range_of(static_cast<const std::uint8_t*>(work.pointers->x) + begin, end - begin);
}

void look_at_x(Work& work, const ConvolutionPart& part) {
  const ByteRange range = range_of_x(work, part);
  const std::int64_t centre = (range.lo + range.hi + 1) / 2;
  const std::int64_t most = std::max({range.hi - centre, centre - range.lo, std::int64_t{1}});
  work.centre = static_cast<std::uint8_t>(centre);
  work.most_sum = most_16_bits / most;
}

// In a lane meet the weights that are eight products apart: sums of |w| over every other of some
// quads.
template <std::int64_t Most>
VERNIER_NEON_INLINE std::int64_t most_lane_sum(const std::int8_t* quads, std::int64_t count) {
  int16x8_t most = vdupq_n_s16(0);
  for (std::int64_t lane = 0; lane < quad_weights; lane += 16) {
    int16x8_t low = vdupq_n_s16(0);
    int16x8_t high = vdupq_n_s16(0);
#pragma GCC unroll 16
    for (std::int64_t i = 0; i < (Most > 0 ? Most : count); ++i) {
      const int8x16_t weights = vld1q_s8(quads + lane + 2 * i * quad_weights);
      low = vabal_s8(low, vget_low_s8(weights), vdup_n_s8(0));
      high = vabal_high_s8(high, weights, vdupq_n_s8(0));
    }
    most = vmaxq_s16(most, vmaxq_s16(low, high));
  }
  return vmaxvq_s16(most);
}

template <std::int64_t Products>
bool sums_fit(const std::int8_t* panel, const Work& work) {
  for (std::int64_t first = 0; first < work.quads; first += std::int64_t{2} * Products) {
    for (std::int64_t quad = first; quad < std::min(first + 2, work.quads); ++quad) {
      const std::int8_t* weights = panel + quad * quad_weights;
      const std::int64_t count = (work.quads - quad + 1) / 2;
      const std::int64_t most = count >= Products ? most_lane_sum<Products>(weights, Products)
                                                  : most_lane_sum<0>(weights, count);
      if (most > work.most_sum) return false;
    }
  }
  return true;
}

bool holds_least_byte(const std::int8_t* panel, std::int64_t quads) {
  int8x16_t least = vdupq_n_s8(0);
  for (std::int64_t i = 0; i < quads * quad_weights; i += 64) {
    const int8x16_t a = vminq_s8(vld1q_s8(panel + i), vld1q_s8(panel + i + 16));
    const int8x16_t b = vminq_s8(vld1q_s8(panel + i + 32), vld1q_s8(panel + i + 48));
    least = vminq_s8(least, vminq_s8(a, b));
  }
  return vminvq_s8(least) == -128;
}

// ---- Copies.

struct Chunk {
  std::int64_t first_quad;
  std::int64_t quads;
};

template <std::int64_t Count>
VERNIER_NEON_INLINE void pack_vectors(const std::uint8_t* x, uint8x16_t centre,
                                      std::int8_t* packed) {
  uint8x16_t values[Count];
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < Count; ++i) values[i] = vsubq_u8(vld1q_u8(x + 16 * i), centre);
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < Count; ++i)
    vst1q_s8(packed + 16 * i, vreinterpretq_s8_u8(values[i]));
}

// What one pixel reads, less c. A vector may be too long: what follows is written later.
void pack_pixel(const Convolve& step, const std::uint8_t* x, const Chunk& chunk, uint8x16_t centre,
                std::int8_t* packed) {
  const std::int64_t length = (step.run_length + 3) / 4 * 4;
  const std::int64_t first = chunk.first_quad * 4;
  auto run = static_cast<std::size_t>(first / length);
  std::int64_t within = first % length;
  for (std::int64_t left = chunk.quads * 4; left > 0; ++run) {
    const std::int64_t count = std::min(length - within, left);
    const std::uint8_t* source = x + step.runs[run] + within;
    std::int64_t i = 0;
    for (; i + 64 <= count; i += 64) pack_vectors<4>(source + i, centre, packed + i);
    for (; i < count; i += 16) pack_vectors<1>(source + i, centre, packed + i);
    packed += count;
    left -= count;
    within = 0;
  }
}

template <std::int64_t Count>
void interleave(const std::int8_t* rows, std::int64_t blocks, std::int8_t* packed) {
#pragma GCC unroll 4
  for (std::int64_t block = 0; block < blocks; ++block) {
    int8x16_t values[Count];
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < Count; ++i)
      values[i] = vld1q_s8(rows + i * row_bytes + block * 16);
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < Count; ++i) vst1q_s8(packed + (block * Count + i) * 16, values[i]);
  }
}

constexpr std::array<void (*)(const std::int8_t*, std::int64_t, std::int8_t*), most_tile>
    interleave_rows = {interleave<1>, interleave<2>, interleave<3>, interleave<4>};

struct PixelSpan {
  std::int64_t first;
  std::int64_t count;
};

// Calls body(number of pixels) for tiles as even as possible, so that none is left with a single
// pixel.
template <typename Body>
void for_each_tile(const NeonTiles& tiles, std::int64_t pixels, const Body& body) {
  const auto most = static_cast<std::int64_t>(tiles.by_pixels.size());
  for (std::int64_t left = (pixels + most - 1) / most; left > 0; --left) {
    const std::int64_t count = (pixels + left - 1) / left;
    body(count);
    pixels -= count;
  }
}

void pack_pixels(const Work& work, std::int64_t group, const PixelSpan& pixels, const Chunk& chunk,
                 BlockScratch& scratch) {
  const Convolve& step = *work.step;
  const uint8x16_t centre = vdupq_n_u8(work.centre);
  const auto* x = static_cast<const std::uint8_t*>(work.pointers->x) + group * step.group_step;
  const std::int64_t blocks = (chunk.quads + 3) / 4;
  std::int8_t* packed = scratch.x.data();
  std::int64_t row = pixels.first / step.sizes.columns;
  std::int64_t column = pixels.first % step.sizes.columns;
  for_each_tile(*work.tiles, pixels.count, [&](std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
      pack_pixel(step, x + row * step.x.row + column * step.x.column, chunk, centre,
                 scratch.rows.data() + i * row_bytes);
      if (++column == step.sizes.columns) {
        column = 0;
        ++row;
      }
    }
    interleave_rows[static_cast<std::size_t>(count - 1)](scratch.rows.data(), blocks, packed);
    packed += count * blocks * 16;
  });
}

void add_weight_sums(const std::int8_t* panel, std::int64_t quads, std::int32_t* sums) {
  Sixteen totals = load_sixteen(sums);
#pragma GCC unroll 4
  for (std::int64_t quad = 0; quad < quads; ++quad) {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < 4; ++i) {
      const int8x16_t weights = vld1q_s8(panel + quad * quad_weights + i * 16);
      totals.lanes[i] = vpadalq_s16(totals.lanes[i], vpaddlq_s8(weights));
    }
  }
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < 4; ++i) vst1q_s32(sums + 4 * i, totals.lanes[i]);
}

// ---- Blocks.

// Of `count` cut into parts of at most `most`, as few and as even as can be: a multiple of `step`.
std::int64_t even_part(std::int64_t count, std::int64_t most, std::int64_t step) {
  const std::int64_t parts = (count + most - 1) / most;
  return ((count + parts - 1) / parts + step - 1) / step * step;
}

void run_tiles(const NeonTiles& tiles, NeonTile tile, std::int64_t pixels) {
  for_each_tile(tiles, pixels, [&](std::int64_t count) {
    tiles.by_pixels[static_cast<std::size_t>(count - 1)](tile);
    tile.x += count * tile.blocks * 16;
    tile.sums += count * block_channels;
  });
}

const std::byte* panel_at(const Work& work, const Panels& panels, std::int64_t panel) {
  const std::int64_t number =
      panels.group * panels_of(work.step->sizes.channels) + panels.first + panel;
  return static_cast<const std::byte*>(work.pointers->weights) +
         number * panel_bytes(work.pointers->weight_element, work.quads);
}

// The chunk of a panel as bytes.
const std::int8_t* weights_of(const Work& work, const std::byte* panel, const Chunk& chunk,
                              BlockScratch& scratch) {
  const WeightElement element = work.pointers->weight_element;
  const std::byte* weights = panel + panel_bytes(element, chunk.first_quad);
  if (element != WeightElement::s4) return reinterpret_cast<const std::int8_t*>(weights);
  expand_neon({.nibbles = weights, .weights = scratch.expanded.data(), .quads = chunk.quads});
  return scratch.expanded.data();
}

// The sums of some pixels, and in the first block those of the weights.
void sum_block(const Work& work, const Panels& panels, const PixelSpan& pixels,
               std::int64_t products, BlockScratch& scratch) {
  const std::int64_t chunk_quads = even_part(work.quads, chunk_products / 4, chunk_step);
  for (std::int64_t quad = 0; quad < work.quads; quad += chunk_quads) {
    const Chunk chunk{quad, std::min(chunk_quads, work.quads - quad)};
    pack_pixels(work, panels.group, pixels, chunk, scratch);
    for (std::int64_t panel = 0; panel < panels.count; ++panel) {
      const std::int8_t* weights = weights_of(work, panel_at(work, panels, panel), chunk, scratch);
      const std::int64_t channel = panel * panel_channels;
      if (pixels.first == work.first_pixel) {
        add_weight_sums(weights, chunk.quads, scratch.weight_sums.data() + channel);
      }
      if (work.tiles->pack != nullptr) {
        work.tiles->pack(weights, chunk.quads, scratch.weights.data());
        weights = scratch.weights.data();
      }
      run_tiles(*work.tiles,
                {.x = scratch.x.data(),
                 .weights = weights,
                 .quads = chunk.quads,
                 .blocks = (chunk.quads + 3) / 4,
                 .products = products,
                 .sums = scratch.sums.data() + channel,
                 .adds = quad > 0},
                pixels.count);
    }
  }
}

// 1, 2, 4, 8 or 16; good for several panels if it is for each.
std::int64_t products_in_16_bits(const Work& work, const Panels& panels) {
  if (!work.tiles->sums_in_16_bits) return 1;
  // Sixteen weights of 4 bits are 128 at most.
  if (work.pointers->weight_element == WeightElement::s4) return 16;
  if (work.most_sum == 0) return 1;
  std::int64_t products = 16;
  for (std::int64_t i = 0; i < panels.count; ++i) {
    const auto* panel = reinterpret_cast<const std::int8_t*>(panel_at(work, panels, i));
    if (products == 16 && !sums_fit<16>(panel, work)) products = 8;
    if (products == 8 && !sums_fit<8>(panel, work)) products = 4;
    if (products == 4 && !sums_fit<4>(panel, work)) products = 2;
    if (products == 2 && holds_least_byte(panel, work.quads)) return 1;
  }
  return products;
}

void set_constants(const Work& work, const std::int32_t* bias, std::int64_t channels,
                   BlockScratch& scratch) {
  const int32x4_t centre = vdupq_n_s32(work.centre);
  for (std::int64_t i = 0; i < channels; i += 4) {
    vst1q_s32(scratch.constants.data() + i,
              vmlaq_s32(vld1q_s32(bias + i), vld1q_s32(scratch.weight_sums.data() + i), centre));
  }
}

void finish_block(const Work& work, const Panels& panels, const PixelSpan& pixels,
                  const BlockScratch& scratch) {
  const Convolve& step = *work.step;
  const std::int64_t of_group = panels_of(step.sizes.channels);
  const std::int64_t channel = panels.first * panel_channels;
  const std::int64_t lane = panels.group * step.sizes.channels + channel;
  const Image addend = step.addend.value_or(Image{});
  std::array<std::int64_t, block_pixels> y_at;
  std::array<std::int64_t, block_pixels> addend_at;
  std::int64_t row = pixels.first / step.sizes.columns;
  std::int64_t column = pixels.first % step.sizes.columns;
  for (std::size_t i = 0; i < static_cast<std::size_t>(pixels.count); ++i) {
    y_at[i] = row * step.y.row + column * step.y.column + lane * step.y.channel;
    addend_at[i] = row * addend.row + column * addend.column + lane;
    if (++column == step.sizes.columns) {
      column = 0;
      ++row;
    }
  }
  finish_sums(*work.pointers,
              {.y = y_at.data(),
               .addend = addend_at.data(),
               .pixels = pixels.count,
               .packed = panels.group * of_group * panel_channels + channel,
               .channels = std::min(panels.count * panel_channels, step.sizes.channels - channel),
               .channel_step = step.y.channel,
               .sums = scratch.sums.data(),
               .pixel_step = block_channels,
               .constants = scratch.constants.data()});
}

void convolve_panels(const Work& work, const Panels& panels) {
  BlockScratch scratch;
  const std::int64_t products = products_in_16_bits(work, panels);
  const std::int64_t of_group = panels_of(work.step->sizes.channels);
  const std::int32_t* bias =
      work.pointers->arrays.bias + (panels.group * of_group + panels.first) * panel_channels;
  const std::int64_t most = even_part(work.end_pixel - work.first_pixel, block_pixels,
                                      static_cast<std::int64_t>(work.tiles->by_pixels.size()));
  for (std::int64_t pixel = work.first_pixel; pixel < work.end_pixel; pixel += most) {
    const PixelSpan pixels{pixel, std::min(most, work.end_pixel - pixel)};
    sum_block(work, panels, pixels, products, scratch);
    if (pixel == work.first_pixel) {
      set_constants(work, bias, panels.count * panel_channels, scratch);
    }
    finish_block(work, panels, pixels, scratch);
  }
}

}  // namespace

bool convolves_by_tiles(const ConvolutionPointers& pointers) {
  return pointers.x_element == Element::u8 && pointers.weight_element != WeightElement::s16;
}

void convolve_by_tiles(const NeonTiles& tiles, const Convolve& step,
                       const ConvolutionPointers& pointers, const ConvolutionPart& part) {
  if (part.first_row == part.end_row) return;
  Work work{.tiles = &tiles,
            .step = &step,
            .pointers = &pointers,
            .first_pixel = part.first_row * step.sizes.columns,
            .end_pixel = part.end_row * step.sizes.columns,
            .quads = quads_of(step)};
  if (tiles.sums_in_16_bits && work.end_pixel - work.first_pixel >= least_pixels) {
    look_at_x(work, part);
  }
  for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
    for (std::int64_t panel = part.first_panel; panel < part.end_panel; panel += block_panels) {
      convolve_panels(work, {group, panel, std::min(block_panels, part.end_panel - panel)});
    }
  }
}

}  // namespace vernier

#endif
