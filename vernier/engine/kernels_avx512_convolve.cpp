// Convolution on AVX512-VNNI: a part is cut into blocks of rows, and these into tiles
// (kernels_avx512_tiles.h).
//
// A few pixels beside weights of 4 bits are a tile by themselves, which waits for its weights: it
// has them in registers. All other weights are bytes.

#if defined(__x86_64__)

#include <algorithm>

#include "vernier/engine/kernels_avx2.h"
#include "vernier/engine/kernels_avx512_narrow.h"
#include "vernier/engine/kernels_avx512_tiles.h"

namespace vernier {
namespace {

constexpr std::int64_t least_block = 24 << 10;  // bytes of x and y
constexpr std::int64_t most_block = 512 << 10;
constexpr std::int64_t most_unasked = 8 << 10;

// How many parts of at most `size` there are.
std::int64_t parts_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

// Panels of one group, in rows of `columns` pixels.
struct Block {
  std::int64_t group;
  std::int64_t first_row;
  std::int64_t end_row;
  std::int64_t columns;
};

// Panels of the next tile, of those that are left: four cost the fewest broadcasts, but only six
// pixels fit beside them; so three for seven or eight, and where one would be left over. Weights of
// 4 bits come from far away: faster one behind the other than by four streams.
std::int64_t panels_of_tile(const Block& block, bool nibbles, std::int64_t left) {
  if (nibbles) return 1;
  const bool threes = block.columns == 7 || block.columns == 8 || left % 4 == 1;
  return std::min<std::int64_t>(left, threes ? 3 : 4);
}

// Rows that follow each other like their pixels count as one.
bool rows_are_joined(const Convolve& step) {
  const std::int64_t columns = step.sizes.columns;
  const Image addend = step.addend.value_or(Image{});
  return step.x.row == columns * step.x.column && step.y.row == columns * step.y.column &&
         addend.row == columns * addend.column;
}

// How far a tile goes in the panels behind its own with each four neighbours of x, so that all of
// them are near when their turn comes: the tile that reads weights first would wait for the shared
// cache. Every tile fetches a part, since many fetches at once wait for each other. Not where
// weights are so few that the processor fetches them unasked, or tiles too few.
std::int64_t ahead_step(const Tile& tile, std::int64_t panels, std::int64_t tiles) {
  const bool few = panels * tile.panel_size <= most_unasked;
  return few || tiles <= panels ? 0 : parts_of(panels * quad_weights, tiles);
}

// Some panels for `count` pixels side by side; the tile points at the first of them. Tiles are as
// even as possible, so that none is left with a single pixel: of some pixels, and of one less.
void convolve_pixels(Tile& tile, std::int64_t panels, std::int64_t count, std::int64_t tiles) {
  const TileTable& table = *tile.functions;
  const auto& functions = table[static_cast<std::size_t>(panels - 1)];
  const std::int64_t pixels = count / tiles;
  const std::int64_t longer = count % tiles;
  if (longer > 0) functions[static_cast<std::size_t>(pixels)](tile, longer);
  functions[static_cast<std::size_t>(pixels - 1)](tile, tiles - longer);
}

void convolve_block(Tile& tile, const Block& block, std::int64_t panel, std::int64_t panels) {
  const Convolve& step = *tile.step;
  const Image addend = step.addend.value_or(Image{});
  const std::int64_t channel = panel * panel_channels;
  const std::int64_t lane = block.group * step.sizes.channels + channel;
  tile.packed = block.group * panels_of(step.sizes.channels) * panel_channels + channel;
  tile.weights = static_cast<const std::byte*>(tile.pointers->weights) +
                 tile.packed / panel_channels * tile.panel_size;
  tile.count = std::min(panels * panel_channels, step.sizes.channels - channel);
  const std::int64_t tiles =
      parts_of(block.columns, most_pixels_beside[static_cast<std::size_t>(panels - 1)]);
  tile.ahead_step = ahead_step(tile, panels, tiles * (block.end_row - block.first_row));
  tile.ahead = static_cast<const std::byte*>(tile.weights);
  if (tile.ahead_step > 0) tile.ahead += panels * tile.panel_size;
  for (std::int64_t row = block.first_row; row < block.end_row; ++row) {
    tile.x = static_cast<const std::uint8_t*>(tile.pointers->x) + block.group * step.group_step +
             row * step.x.row;
    tile.y = row * step.y.row + lane * step.y.channel;
    tile.addend = row * addend.row + lane;
    convolve_pixels(tile, panels, block.columns, tiles);
  }
}

// Rows that every panel is applied to before the next ones follow, so that x and y stay in the
// nearest cache meanwhile; more where the weights do not fit there, so that they come seldom.
std::int64_t rows_of_a_block(const Convolve& step) {
  const std::int64_t row_bytes = step.x.row + step.y.row + 1;
  const std::int64_t weights =
      panels_of(step.sizes.channels) * step.groups * panel_bytes(WeightElement::s8, quads_of(step));
  return std::max<std::int64_t>(std::clamp(weights, least_block, most_block) / row_bytes, 1);
}

}  // namespace

VERNIER_AVX512 void convolve_avx512(const Convolve& step, const ConvolutionPointers& stored,
                                    const ConvolutionPart& part) {
  if (stored.x_element != Element::u8 || stored.weight_element == WeightElement::s16) {
    return kernels_avx2.convolve(step, stored, part);
  }
  const std::int64_t narrow = is_narrow(step) ? step.groups * narrow_bytes(step) : 0;
  const ConvolutionPointers pointers = with_bytes(step, stored, narrow);
  const Finish finish = finish_of(pointers);
  const SumCount sums{step.groups * panels_of(step.sizes.channels) * panel_channels,
                      products_of(step)};
  const bool nibbles = pointers.weight_element == WeightElement::s4;
  Tile tile{.functions = nibbles ? &nibble_functions : &tile_functions,
            .step = &step,
            .pointers = &pointers,
            .finish = finishes_bytes(pointers, sums) ? &finish : nullptr,
            .x_step = step.x.column,
            .panel_size = panel_bytes(pointers.weight_element, quads_of(step)),
            .channel_step = step.y.channel,
            .y_step = step.y.column,
            .addend_step = step.addend ? step.addend->column : 0};
  if (tile.finish != nullptr && convolve_narrow(step, pointers, finish, part)) return;
  const std::int64_t block_rows = rows_of_a_block(step);
  for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
    for (std::int64_t row = part.first_row; row < part.end_row; row += block_rows) {
      Block block{group, row, std::min(row + block_rows, part.end_row), step.sizes.columns};
      if (rows_are_joined(step)) {
        block.columns *= block.end_row - block.first_row;
        block.end_row = block.first_row + 1;
      }
      for (std::int64_t panel = part.first_panel; panel < part.end_panel;) {
        const std::int64_t panels = panels_of_tile(block, nibbles, part.end_panel - panel);
        convolve_block(tile, block, panel, panels);
        panel += panels;
      }
    }
  }
}

}  // namespace vernier

#endif
