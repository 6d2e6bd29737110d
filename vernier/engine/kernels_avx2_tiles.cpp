// How parts of convolutions are cut into tiles, for the kernels with vectors of 256 bits.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_tiles.h"

#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

// Pixels that every panel of weights is applied to before the next one is fetched: their inputs
// stay in the nearest cache meanwhile.
constexpr std::int64_t block_pixels = 224;

// As many as whole tiles take.
std::int64_t pixels_of_a_block(const PixelTileKind& kind) {
  return block_pixels / std::ssize(kind.by_pixels) * std::ssize(kind.by_pixels);
}

// Pixels that follow each other, for one group: where x and y are for each.
struct PixelBlock {
  std::size_t count;
  std::array<const std::uint8_t*, block_pixels> x;
  std::array<std::int64_t, block_pixels> y;
  std::array<std::int64_t, block_pixels> addend;
};

PixelBlock block_of(const Convolve& step, const std::uint8_t* x, std::int64_t first,
                    std::int64_t end) {
  PixelBlock block;
  block.count = static_cast<std::size_t>(end - first);
  const Image addend = step.addend.value_or(Image{});
  std::int64_t row = first / step.sizes.columns;
  std::int64_t column = first % step.sizes.columns;
  for (std::size_t i = 0; i < block.count; ++row, column = 0) {
    const std::uint8_t* row_x = x + row * step.x.row;
    const std::int64_t row_y = row * step.y.row;
    const std::int64_t row_addend = row * addend.row;
    for (; column < step.sizes.columns && i < block.count; ++column, ++i) {
      block.x[i] = row_x + column * step.x.column;
      block.y[i] = row_y + column * step.y.column;
      block.addend[i] = row_addend + column * addend.column;
    }
  }
  return block;
}

const void* weights_of(const PixelTileKind& kind, const Convolve& step,
                       const ConvolutionPointers& pointers, const Strip& strip) {
  const std::int64_t panel =
      strip.group * panels_of(step.sizes.channels) + strip.channel / panel_channels;
  const std::int64_t channel = strip.channel % panel_channels;
  if (kind.grouped) {
    return pointers.prepared +
           (panel * (panel_channels / kind.channels) + channel / kind.channels) * kind.parts *
               static_cast<std::int64_t>(sizeof(GroupedPanel));
  }
  const std::byte* weights = static_cast<const std::byte*>(pointers.weights) +
                             panel * panel_bytes(pointers.weight_element, quads_of(step));
  return weights + channel * 4 * (pointers.weight_element == WeightElement::s16 ? 2 : 1);
}

// What tiles fetch while they compute: the weights behind their own, a part each, so that all are
// near when their turn comes (docs/decisions/0028). Nothing for a tile by itself, and where weights
// are few: for a panel, so that the processor fetches them unasked, or beside the pixels that they
// are applied to.
struct Ahead {
  const std::byte* first;
  std::int64_t step;  // with each quad
  std::int64_t tile;  // with each tile
};

Ahead ahead_of(const PixelTileKind& kind, const PixelTile& tile, std::int64_t tiles) {
  constexpr std::int64_t most_unasked = 2 << 10;
  constexpr std::int64_t least_for_a_pixel = 64;
  const ImageSizes& sizes = tile.step->sizes;
  const auto* weights = static_cast<const std::byte*>(tile.weights);
  std::int64_t quads = quads_of(*tile.step);
  if (kind.grouped) {
    const auto& panel = *static_cast<const GroupedPanel*>(tile.weights);
    weights += panel.weights;
    quads = panel.quads;
  }
  const std::int64_t quad_bytes = 4 * kind.channels;
  const std::int64_t bytes = quads * quad_bytes;
  const std::int64_t all_bytes = bytes * sizes.channels / kind.channels;
  const bool few =
      bytes <= most_unasked || all_bytes < least_for_a_pixel * sizes.rows * sizes.columns;
  if (few || tiles == 1) return {weights, 0, 0};
  const std::int64_t step = (quad_bytes + tiles - 1) / tiles;
  return {weights + bytes, step, quads * step};
}

// Tiles as even as possible, so that none is left with a single pixel.
VERNIER_AVX2 void convolve_strip(const PixelTileKind& kind, const Convolve& step,
                                 const ConvolutionPointers& pointers, const PixelBlock& block,
                                 const Strip& strip) {
  std::array<EightPlain, 2> plain;
  PixelTile tile = tile_of(kind, step, pointers, strip, plain);
  const std::size_t most = kind.by_pixels.size();
  const std::size_t tiles = (block.count + most - 1) / most;
  Ahead ahead = ahead_of(kind, tile, static_cast<std::int64_t>(tiles));
  tile.ahead_step = ahead.step;
  std::size_t pixel = 0;
  for (std::size_t left = tiles; left > 0; --left) {
    const std::size_t count = (block.count - pixel + left - 1) / left;
    tile.x = &block.x[pixel];
    tile.targets.y = &block.y[pixel];
    tile.targets.addend = &block.addend[pixel];
    tile.ahead = ahead.first;
    kind.by_pixels[count - 1](tile);
    pixel += count;
    ahead.first += ahead.tile;
  }
}

}  // namespace

VERNIER_AVX2 PixelTile tile_of(const PixelTileKind& kind, const Convolve& step,
                               const ConvolutionPointers& pointers, const Strip& strip,
                               std::array<EightPlain, 2>& plain) {
  const std::int64_t packed =
      strip.group * panels_of(step.sizes.channels) * panel_channels + strip.channel;
  const std::int64_t lane = strip.group * step.sizes.channels + strip.channel;
  PixelTile tile{.step = &step,
                 .pointers = &pointers,
                 .weights = weights_of(kind, step, pointers, strip),
                 .bias = pointers.arrays.bias + packed,
                 .x = nullptr,
                 .ahead = nullptr,
                 .ahead_step = 0,
                 .plain = nullptr,
                 .targets = {.y = nullptr,
                             .addend = nullptr,
                             .channels = {.y = lane * step.y.channel,
                                          .addend = lane,
                                          .packed = packed,
                                          .channel_step = step.y.channel,
                                          .count = std::min(kind.channels,
                                                            step.sizes.channels - strip.channel)}}};
  const std::int64_t products = products_of(step);
  if (is_plain(pointers, packed, products) &&
      (kind.channels == 8 || is_plain(pointers, packed + 8, products))) {
    plain[0] = plain_of(pointers, packed);
    if (kind.channels == 16) plain[1] = plain_of(pointers, packed + 8);
    tile.plain = plain.data();
  }
  return tile;
}

void convolve_tiles(const PixelTileKind& kind, const Convolve& step,
                    const ConvolutionPointers& pointers, const ConvolutionPart& part) {
  const std::int64_t end = part.end_row * step.sizes.columns;
  const std::int64_t pixels = pixels_of_a_block(kind);
  const std::int64_t end_channel = std::min(part.end_panel * panel_channels, step.sizes.channels);
  for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
    for (std::int64_t first = part.first_row * step.sizes.columns; first < end; first += pixels) {
      const PixelBlock block =
          block_of(step, static_cast<const std::uint8_t*>(pointers.x) + group * step.group_step,
                   first, std::min(first + pixels, end));
      for (std::int64_t channel = part.first_panel * panel_channels; channel < end_channel;
           channel += kind.channels) {
        convolve_strip(kind, step, pointers, block, {group, channel});
      }
    }
  }
}

AlignedBytes bytes_of_nibbles(const Convolve& step, const std::byte* weights,
                              std::int32_t /*highest_x*/) {
  if (step.weight_element != WeightElement::s4 || stays_nibbles(step)) return {};
  return expanded_weights(step, weights, expand_avx2);
}

ConvolutionPointers with_bytes(const Convolve& step, const ConvolutionPointers& pointers,
                               std::int64_t first) {
  if (step.weight_element != WeightElement::s4 || stays_nibbles(step)) return pointers;
  ConvolutionPointers result = pointers;
  result.weights = pointers.prepared + first;
  result.weight_element = WeightElement::s8;
  return result;
}

bool is_8_bit(const ConvolutionPointers& pointers) {
  return pointers.x_element == Element::u8 && pointers.y_element != Element::i16 &&
         (pointers.addend == nullptr || pointers.addend_element == Element::u8);
}

}  // namespace vernier

#endif
