// How parts of convolutions are cut into tiles, for the kernels with vectors of 256 bits.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2.h"

namespace vernier {
namespace {

// Pixels that every panel of weights is applied to before the next one is fetched: their inputs
// stay in the nearest cache meanwhile.
constexpr std::int64_t block_pixels = 80;

// The channels of a tile, from `channel` of the group on, of the pixels first..end-1.
struct Strip {
  std::int64_t group;
  std::int64_t channel;
  std::int64_t first;
  std::int64_t end;
  bool is_first;  // of those with these channels
  bool is_last;
  std::int8_t* scratch;
};

struct StripTiles {
  const void* weights;
  std::span<void (*const)(const PixelTile&)> by_pixels;
};

// Weights of 4 bits that one tile alone reads become bytes in its registers, others in the scratch.
StripTiles tiles_of(const PixelTileKind& kind, const Convolve& step,
                    const ConvolutionPointers& pointers, const Strip& strip) {
  const std::int64_t quads = quads_of(step);
  const std::int64_t panel =
      strip.group * panels_of(step.sizes.channels) + strip.channel / panel_channels;
  const std::byte* weights = static_cast<const std::byte*>(pointers.weights) +
                             panel * panel_bytes(pointers.weight_element, quads);
  if (pointers.weight_element != WeightElement::s4) {
    return {weights + strip.channel % panel_channels * 4 * kind.weight_bytes, kind.by_pixels};
  }
  if (step.runs.size() == 1 && strip.end - strip.first <= std::ssize(kind.of_nibbles)) {
    return {weights, kind.of_nibbles};
  }
  const bool keep =
      !(strip.is_first && strip.is_last) && expanded_panels(step) == panels_of(step.sizes.channels);
  const std::int64_t place = keep ? strip.channel / panel_channels : 0;
  std::int8_t* expanded = strip.scratch + place * panel_bytes(WeightElement::s8, quads);
  if (strip.is_first || !keep) {
    expand_avx2({.nibbles = weights, .weights = expanded, .quads = quads});
  }
  return {expanded, kind.by_pixels};
}

void convolve_strip(const PixelTileKind& kind, const Convolve& step,
                    const ConvolutionPointers& pointers, const Strip& strip) {
  const std::int64_t packed =
      strip.group * panels_of(step.sizes.channels) * panel_channels + strip.channel;
  const std::int64_t lane = strip.group * step.sizes.channels + strip.channel;
  const Image addend = step.addend.value_or(Image{});
  const StripTiles tiles = tiles_of(kind, step, pointers, strip);
  PixelTile tile{&step, &pointers, tiles.weights, {}, {}};
  const auto* x = static_cast<const std::uint8_t*>(pointers.x) + strip.group * step.group_step;
  // Tiles as even as possible, so that none is left with a single pixel.
  const std::int64_t most = std::ssize(tiles.by_pixels);
  std::int64_t pixel = strip.first;
  std::int64_t row = pixel / step.sizes.columns;
  std::int64_t column = pixel % step.sizes.columns;
  for (std::int64_t left = (strip.end - strip.first + most - 1) / most; left > 0; --left) {
    const auto count = static_cast<std::size_t>((strip.end - pixel + left - 1) / left);
    for (std::size_t i = 0; i < count; ++i, ++pixel) {
      tile.x[i] = x + row * step.x.row + column * step.x.column;
      tile.targets[i] = {.y = row * step.y.row + column * step.y.column + lane * step.y.channel,
                         .addend = row * addend.row + column * addend.column + lane,
                         .packed = packed,
                         .channel_step = step.y.channel,
                         .count = std::min(kind.channels, step.sizes.channels - strip.channel)};
      if (++column == step.sizes.columns) {
        column = 0;
        ++row;
      }
    }
    tiles.by_pixels[count - 1](tile);
  }
}

// Sums of pixels side by side in y.
VERNIER_AVX2 void finish_row(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                             EightChannels target, std::span<const std::int32_t> sums) {
  if (is_plain(pointers)) {
    const EightPlain plain = plain_of(pointers.arrays, target.packed);
    std::uint8_t* y = static_cast<std::uint8_t*>(pointers.y) + target.y;
    for (std::size_t i = 0; i < sums.size(); i += 8) {
      finish_plain(plain, y, target.count, load256(&sums[i]));
      y += step.y.column;
    }
    return;
  }
  const std::int64_t addend_step = step.addend ? step.addend->column : 0;
  for (std::size_t i = 0; i < sums.size(); i += 8) {
    finish8(pointers, target, load256(&sums[i]));
    target.y += step.y.column;
    target.addend += addend_step;
  }
}

// Eight channels of one row of y.
void convolve_depthwise_row(DepthwiseSums sums_of, const ConvolveDepthwise& step,
                            const ConvolutionPointers& pointers, DepthwiseRow pixels,
                            EightChannels target) {
  std::array<std::int32_t, 8 * most_row_pixels> sums;
  for (std::int64_t column = 0; column < step.sizes.columns; column += most_row_pixels) {
    pixels.count = std::min(step.sizes.columns - column, most_row_pixels);
    sums_of(pixels, sums.data());
    finish_row(step, pointers, target,
               std::span(sums).first(static_cast<std::size_t>(8 * pixels.count)));
    pixels.x += pixels.count * step.x.column;
    target.y += pixels.count * step.y.column;
    target.addend += pixels.count * (step.addend ? step.addend->column : 0);
  }
}

}  // namespace

void convolve_tiles(const PixelTileKind& kind, const Convolve& step,
                    const ConvolutionPointers& pointers, const ConvolutionPart& part) {
  const std::int64_t end = part.end_row * step.sizes.columns;
  const std::int64_t end_channel = std::min(part.end_panel * panel_channels, step.sizes.channels);
  for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
    for (std::int64_t first = part.first_row * step.sizes.columns; first < end;
         first += block_pixels) {
      for (std::int64_t channel = part.first_panel * panel_channels; channel < end_channel;
           channel += kind.channels) {
        convolve_strip(kind, step, pointers,
                       {group, channel, first, std::min(first + block_pixels, end),
                        first == part.first_row * step.sizes.columns, first + block_pixels >= end,
                        part.scratch});
      }
    }
  }
}

void convolve_depthwise_eights(DepthwiseSums sums_of, const ConvolveDepthwise& step,
                               const ConvolutionPointers& pointers, const ConvolutionPart& part) {
  const std::int64_t panel_size = quads_of(step) * quad_weights;
  const std::int64_t weight_bytes = pointers.weight_element == WeightElement::s16 ? 2 : 1;
  const Image addend = step.addend.value_or(Image{});
  const std::int64_t end_channel = std::min(part.end_panel * panel_channels, step.sizes.channels);
  for (std::int64_t row = part.first_row; row < part.end_row; ++row) {
    for (std::int64_t channel = part.first_panel * panel_channels; channel < end_channel;
         channel += 8) {
      const std::int64_t weights =
          channel / panel_channels * panel_size + channel % panel_channels * 4;
      convolve_depthwise_row(
          sums_of, step, pointers,
          {.taps = &step.taps,
           .x = static_cast<const std::uint8_t*>(pointers.x) + row * step.x.row + channel,
           .x_step = step.x.column,
           .weights = static_cast<const std::byte*>(pointers.weights) + weights * weight_bytes,
           .count = 0},
          {.y = row * step.y.row + channel * step.y.channel,
           .addend = row * addend.row + channel,
           .packed = channel,
           .channel_step = step.y.channel,
           .count = std::min<std::int64_t>(8, end_channel - channel)});
    }
  }
}

bool is_8_bit(const ConvolutionPointers& pointers) {
  return pointers.x_element == Element::u8 && pointers.y_element != Element::i16 &&
         (pointers.addend == nullptr || pointers.addend_element == Element::u8);
}

VERNIER_AVX2 void finish_eights(const ConvolutionPointers& pointers, const EightChannels* targets,
                                std::int64_t first, std::span<const std::int32_t> sums) {
  for (std::size_t i = 0; 8 * i < sums.size(); ++i) {
    EightChannels target = targets[i];
    target.count = std::min<std::int64_t>(target.count - first, 8);
    target.y += first * target.channel_step;
    target.addend += first;
    target.packed += first;
    finish8(pointers, target, load256(&sums[8 * i]));
  }
}

}  // namespace vernier

#endif
