// Depthwise convolution on NEON: sixteen channels at a time. Weights are widened to 16 bits once
// for a panel, x as it is loaded; smlal adds their products to 32-bit sums, so that 16-bit weights
// need nothing else.

#if defined(__aarch64__)

#include <algorithm>
#include <array>

#include "vernier/engine/kernels_neon.h"

namespace vernier {
namespace {

constexpr std::int64_t most_taps = 64;
constexpr std::int64_t row_pixels = 16;
constexpr std::int64_t tile_pixels = 4;

/// Some of the taps of a panel.
struct WidenedTaps {
  alignas(64) std::array<std::int16_t, most_taps * panel_channels> weights;
  std::array<std::int64_t, most_taps> offsets;  // in x
  std::int64_t count = 0;
  std::int64_t first_quad = -1;
};

struct WidenedLanes {
  int16x8_t low;
  int16x8_t high;
};

// Four rows of taps, which lie in turns.
VERNIER_NEON_INLINE void load_quad(const std::int8_t* weights, WidenedLanes (&rows)[4]) {
  const int8x16x4_t four = vld4q_s8(weights);
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < 4; ++i) {
    rows[i] = {vmovl_s8(vget_low_s8(four.val[i])), vmovl_high_s8(four.val[i])};
  }
}

VERNIER_NEON_INLINE void load_quad(const std::int16_t* weights, WidenedLanes (&rows)[4]) {
  const int16x8x4_t low = vld4q_s16(weights);
  const int16x8x4_t high = vld4q_s16(weights + 32);
#pragma GCC unroll 4
  for (std::int64_t i = 0; i < 4; ++i) rows[i] = {low.val[i], high.val[i]};
}

// Quads of rows, column after column.
std::int64_t quads_in(const TapGrid& taps) { return taps.columns * ((taps.rows + 3) / 4); }

template <typename Weight>
void widen(const TapGrid& grid, const Weight* panel, std::int64_t first_quad, WidenedTaps& taps) {
  const std::int64_t column_quads = (grid.rows + 3) / 4;
  const std::int64_t end = std::min(first_quad + most_taps / 4, quads_in(grid));
  taps.count = 0;
  taps.first_quad = first_quad;
  for (std::int64_t quad = first_quad; quad < end; ++quad) {
    WidenedLanes rows[4];
    load_quad(panel + quad * quad_weights, rows);
    const std::int64_t column = quad / column_quads;
    for (std::int64_t i = 0; i < 4; ++i) {
      const std::int64_t row = quad % column_quads * 4 + i;
      if (row == grid.rows) break;
      std::int16_t* weights = taps.weights.data() + taps.count * panel_channels;
      vst1q_s16(weights, rows[i].low);
      vst1q_s16(weights + 8, rows[i].high);
      taps.offsets[static_cast<std::size_t>(taps.count)] = row * grid.row + column * grid.column;
      ++taps.count;
    }
  }
}

/// Neighbours in a row of y: their first taps, and their sums.
struct Pixels {
  const std::uint8_t* x;
  std::int64_t step;
  std::int32_t* sums;  // of panel_channels each
  bool adds;           // to the sums that are there
};

template <std::int64_t Count>
void sum_pixels(const WidenedTaps& taps, const Pixels& pixels) {
  Sixteen sums[Count];
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Count; ++p) {
    sums[p] = pixels.adds ? load_sixteen(pixels.sums + p * panel_channels) : Sixteen{};
  }
  for (std::int64_t tap = 0; tap < taps.count; ++tap) {
    const std::int16_t* weights = taps.weights.data() + tap * panel_channels;
    const int16x8_t low = vld1q_s16(weights);
    const int16x8_t high = vld1q_s16(weights + 8);
    const std::uint8_t* x = pixels.x + taps.offsets[static_cast<std::size_t>(tap)];
#pragma GCC unroll 4
    for (std::int64_t p = 0; p < Count; ++p) {
      const uint8x16_t bytes = vld1q_u8(x + p * pixels.step);
      const int16x8_t x_low = vreinterpretq_s16_u16(vmovl_u8(vget_low_u8(bytes)));
      const int16x8_t x_high = vreinterpretq_s16_u16(vmovl_high_u8(bytes));
      int32x4_t(&sum)[4] = sums[p].lanes;
      sum[0] = vmlal_s16(sum[0], vget_low_s16(x_low), vget_low_s16(low));
      sum[1] = vmlal_high_s16(sum[1], x_low, low);
      sum[2] = vmlal_s16(sum[2], vget_low_s16(x_high), vget_low_s16(high));
      sum[3] = vmlal_high_s16(sum[3], x_high, high);
    }
  }
#pragma GCC unroll 4
  for (std::int64_t p = 0; p < Count; ++p) {
#pragma GCC unroll 4
    for (std::int64_t i = 0; i < 4; ++i) {
      vst1q_s32(pixels.sums + p * panel_channels + i * 4, sums[p].lanes[i]);
    }
  }
}

constexpr std::array<void (*)(const WidenedTaps&, const Pixels&), tile_pixels> tile_functions = {
    sum_pixels<1>, sum_pixels<2>, sum_pixels<3>, sum_pixels<4>};

void sum_row(const WidenedTaps& taps, Pixels pixels, std::int64_t count) {
  for (std::int64_t left = (count + tile_pixels - 1) / tile_pixels; left > 0; --left) {
    const std::int64_t some = (count + left - 1) / left;
    tile_functions[static_cast<std::size_t>(some - 1)](taps, pixels);
    pixels.x += some * pixels.step;
    pixels.sums += some * panel_channels;
    count -= some;
  }
}

template <typename Weight>
void convolve_panel(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                    const ConvolutionPart& part, std::int64_t panel) {
  const std::int64_t channel = panel * panel_channels;
  const std::int64_t quads = quads_in(step.taps);
  const auto* weights = static_cast<const Weight*>(pointers.weights) + panel * quads * quad_weights;
  const auto* x = static_cast<const std::uint8_t*>(pointers.x) + channel;
  const Image addend = step.addend.value_or(Image{});
  std::array<std::int32_t, row_pixels * panel_channels> sums;
  WidenedTaps taps;
  std::array<std::int64_t, row_pixels> y_at;
  std::array<std::int64_t, row_pixels> addend_at;
  for (std::int64_t row = part.first_row; row < part.end_row; ++row) {
    for (std::int64_t column = 0; column < step.sizes.columns; column += row_pixels) {
      const std::int64_t count = std::min(row_pixels, step.sizes.columns - column);
      for (std::int64_t quad = 0; quad < quads; quad += most_taps / 4) {
        if (taps.first_quad != quad) widen(step.taps, weights, quad, taps);
        sum_row(
            taps,
            {x + row * step.x.row + column * step.x.column, step.x.column, sums.data(), quad > 0},
            count);
      }
      for (std::int64_t i = 0; i < count; ++i) {
        const auto pixel = static_cast<std::size_t>(i);
        y_at[pixel] = row * step.y.row + (column + i) * step.y.column + channel * step.y.channel;
        addend_at[pixel] = row * addend.row + (column + i) * addend.column + channel;
      }
      finish_sums(pointers, {.y = y_at.data(),
                             .addend = addend_at.data(),
                             .pixels = count,
                             .packed = channel,
                             .channels = std::min(panel_channels, step.sizes.channels - channel),
                             .channel_step = step.y.channel,
                             .sums = sums.data(),
                             .pixel_step = panel_channels,
                             .constants = pointers.arrays.bias + channel});
    }
  }
}

}  // namespace

void convolve_depthwise_neon(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part) {
  if (pointers.x_element != Element::u8) {
    return kernels_ref.convolve_depthwise(step, pointers, part);
  }
  for (std::int64_t panel = part.first_panel; panel < part.end_panel; ++panel) {
    if (pointers.weight_element == WeightElement::s16) {
      convolve_panel<std::int16_t>(step, pointers, part, panel);
    } else {
      convolve_panel<std::int8_t>(step, pointers, part, panel);
    }
  }
}

}  // namespace vernier

#endif
