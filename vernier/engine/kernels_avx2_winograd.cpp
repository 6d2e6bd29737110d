// Convolution for AVX2, pairs of pixels at a time: kernels_winograd.h. Tiles are eight pairs below
// each other, which share most of their x. Each part of the weights goes through all tiles of a
// block, so that it stays in the nearest cache.

#if defined(__x86_64__)

#include <array>

#include "vernier/engine/kernels_avx2_tiles.h"
#include "vernier/engine/kernels_groups.h"
#include "vernier/engine/kernels_winograd.h"

namespace vernier {
namespace {

// ---- x of a block.

// Some rows of y, of some pairs.
struct PairArea {
  std::int64_t row;
  std::int64_t rows;
  std::int64_t pair;
  std::int64_t pairs;
};

// One column of pairs behind the other.
struct PairBlock {
  alignas(32) std::array<std::uint8_t, winograd_block_bytes> x;
  std::size_t count;
  std::array<const std::uint8_t*, winograd_block_pairs + winograd_tile_pairs> pairs;  // in x
  std::array<std::int64_t, 2 * winograd_block_pairs> y;                               // of pixels
  std::array<std::int64_t, 2 * winograd_block_pairs> addend;
};

VERNIER_AVX2_INLINE void store256(void* target, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(target), value);
}

// A row of each part, from four columns of x.
VERNIER_AVX2 void transform(const std::uint8_t* x, const WinogradBlock& sizes,
                            std::uint8_t* target) {
  const std::int64_t column = sizes.column_bytes;
  const std::int64_t part = sizes.part_bytes();
  const __m256i middle = _mm256_set1_epi8(winograd_highest_x);
  for (std::int64_t i = 0; i < column; i += 32) {
    const std::int64_t at = std::min(i, column - 32);
    const __m256i d0 = load256(x + at);
    const __m256i d1 = load256(x + at + column);
    const __m256i d2 = load256(x + at + 2 * column);
    const __m256i d3 = load256(x + at + 3 * column);
    store256(target + at, _mm256_sub_epi8(_mm256_add_epi8(d0, middle), d2));
    store256(target + at + part, _mm256_add_epi8(d1, d2));
    store256(target + at + 2 * part, _mm256_sub_epi8(_mm256_add_epi8(d2, middle), d1));
    store256(target + at + 3 * part, _mm256_sub_epi8(_mm256_add_epi8(d1, middle), d3));
  }
}

// Of an odd number of columns the last but one is computed twice.
std::int64_t column_of(const Convolve& step, std::int64_t pair) {
  return std::min(2 * pair, step.sizes.columns - 2);
}

void add_pixels(PairBlock& block, const Convolve& step, std::int64_t row, std::int64_t column) {
  const Image addend = step.addend.value_or(Image{});
  for (std::size_t i = 2 * block.count; i < 2 * block.count + 2; ++i, ++column) {
    block.y[i] = row * step.y.row + column * step.y.column;
    block.addend[i] = row * addend.row + column * addend.column;
  }
}

void fill(PairBlock& block, const Convolve& step, const std::uint8_t* x, const PairArea& area) {
  const WinogradBlock sizes = winograd_block(step);
  const std::int64_t x_rows = area.rows + std::ssize(step.runs) - 1;
  block.count = 0;
  for (std::int64_t i = 0; i < area.pairs; ++i) {
    const std::int64_t column = column_of(step, area.pair + i);
    std::uint8_t* target = block.x.data() + i * sizes.pair_bytes();
    const std::uint8_t* first = x + step.runs[0] + area.row * step.x.row + column * step.x.column;
    for (std::int64_t row = 0; row < x_rows; ++row) {
      transform(first + row * step.x.row, sizes, target + row * sizes.column_bytes);
    }
    for (std::int64_t row = 0; row < area.rows; ++row, ++block.count) {
      block.pairs[block.count] = target + row * sizes.column_bytes;
      add_pixels(block, step, area.row + row, column);
    }
  }
  // A last tile may have more pairs than there are.
  std::fill_n(&block.pairs[block.count], winograd_tile_pairs, block.pairs[block.count - 1]);
}

// ---- Eight channels of a block.

constexpr std::int64_t strip_channels = 8;
using PartSums =
    std::array<std::int32_t, strip_channels*(winograd_block_pairs + winograd_tile_pairs)>;

const std::int32_t* starts_of(const GroupedPanel& panel) {
  return reinterpret_cast<const std::int32_t*>(reinterpret_cast<const std::byte*>(&panel) +
                                               panel.offsets) -
         strip_channels;
}

// m0 begins with the bias, and m3 with what it is subtracted from.
VERNIER_AVX2 void add_bias(const PixelTile& tile, int part, std::int32_t* starts) {
  __m256i sums = load256(starts);
  if (part == 0) sums = _mm256_add_epi32(sums, bias_of(tile));
  if (part == winograd_parts - 1) sums = _mm256_sub_epi32(sums, bias_of(tile));
  store256(starts, sums);
}

// m of one part. What comes behind its weights is fetched meanwhile.
void sum_part(PixelTile tile, const PairBlock& block, int part, PartSums& sums) {
  const GroupedPanel& panel = static_cast<const GroupedPanel*>(tile.weights)[part];
  std::array<std::int32_t, strip_channels> starts;
  std::copy_n(starts_of(panel), strip_channels, starts.begin());
  add_bias(tile, part, starts.data());
  const auto tiles = static_cast<std::int64_t>((block.count - 1) / winograd_tile_pairs + 1);
  tile.weights = &panel;
  tile.ahead =
      reinterpret_cast<const std::byte*>(&panel) + panel.weights + panel.quads * strip_channels * 4;
  tile.ahead_step = (strip_channels * 4 + tiles - 1) / tiles;
  std::size_t pair = 0;
  for (std::int64_t left = tiles; left > 0; --left) {
    const std::size_t count = (block.count - pair - 1) / static_cast<std::size_t>(left) + 1;
    tile.x = &block.pairs[pair];
    winograd_tiles[count == winograd_tile_pairs](tile, starts.data(), &sums[8 * pair]);
    tile.ahead += tile.ahead_step * panel.quads;
    pair += count;
  }
}

// y0 and y1 of a pair; `at` is its place in the sums.
VERNIER_AVX2_INLINE void take_pair(const std::array<PartSums, winograd_parts>& sums, std::size_t at,
                                   __m256i* pixels) {
  const __m256i m1 = load256(&sums[1][at]);
  const __m256i m2 = load256(&sums[2][at]);
  const __m256i half_sum = _mm256_srai_epi32(_mm256_add_epi32(m1, m2), 1);
  const __m256i half_difference = _mm256_srai_epi32(_mm256_sub_epi32(m1, m2), 1);
  pixels[0] = _mm256_add_epi32(load256(&sums[0][at]), half_sum);
  pixels[1] = _mm256_sub_epi32(half_difference, load256(&sums[3][at]));
}

VERNIER_AVX2 void convolve_strip(const Convolve& step, const ConvolutionPointers& pointers,
                                 const PairBlock& block, std::int64_t channel) {
  const PixelTileKind kind{strip_channels, true, {}, winograd_parts};
  std::array<EightPlain, 2> plain;
  PixelTile tile = tile_of(kind, step, pointers, {0, channel}, plain);
  std::array<PartSums, winograd_parts> sums;
  for (int part = 0; part < winograd_parts; ++part) {
    sum_part(tile, block, part, sums[static_cast<std::size_t>(part)]);
  }
  for (std::size_t pair = 0; pair < block.count; ++pair) {
    __m256i pixels[2];
    take_pair(sums, strip_channels * pair, pixels);
    tile.targets.y = &block.y[2 * pair];
    tile.targets.addend = &block.addend[2 * pair];
    finish_pixels(tile, pixels);
  }
}

}  // namespace

bool has_winograd(const std::byte* prepared) {
  return reinterpret_cast<const GroupedPanel*>(prepared)->parts == winograd_parts;
}

void convolve_winograd(const Convolve& step, const ConvolutionPointers& pointers,
                       const ConvolutionPart& part) {
  const auto* x = static_cast<const std::uint8_t*>(pointers.x);
  const WinogradBlock sizes = winograd_block(step);
  const std::int64_t end_channel = std::min(part.end_panel * panel_channels, step.sizes.channels);
  const std::int64_t end_pair = part.first_group < part.end_group ? winograd_pairs_of(step) : 0;
  PairBlock block;
  for (std::int64_t row = part.first_row; row < part.end_row; row += sizes.rows) {
    const std::int64_t rows = std::min(sizes.rows, part.end_row - row);
    for (std::int64_t pair = 0; pair < end_pair; pair += sizes.pairs) {
      fill(block, step, x, {row, rows, pair, std::min(sizes.pairs, end_pair - pair)});
      for (std::int64_t channel = part.first_panel * panel_channels; channel < end_channel;
           channel += strip_channels) {
        convolve_strip(step, pointers, block, channel);
      }
    }
  }
}

}  // namespace vernier

#endif
