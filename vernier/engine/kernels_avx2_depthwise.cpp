// Depthwise convolution for AVX2, eight channels of a row at a time.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_depthwise_rows.h"

namespace vernier {
namespace {

// ---- A part, row by row.

// Eight sums for each pixel.
using DepthwiseSums = void (*)(const DepthwiseRow& row, std::int32_t* sums);

// A whole row at once.
using DepthwisePlain = void (*)(const DepthwiseRow& row, const ConvolutionPointers& pointers,
                                const PixelTargets& targets);

// For four pixels or more.
struct SquareFunctions {
  DepthwiseSums sums;
  DepthwisePlain plain_row;
};
template <int Taps, int Stride, typename Weight>
constexpr SquareFunctions square = {sums_of_square<Taps, Stride, Weight>,
                                    plain_row_of_square<Taps, Stride, Weight>};

// Weights of 5x5 taps come from the table, whatever they were.
template <typename Weight>
constexpr SquareFunctions square_functions[2][2] = {{square<3, 1, Weight>, square<3, 2, Weight>},
                                                    {square<5, 1, void>, square<5, 2, void>}};

struct DepthwiseFunctions {
  const SquareFunctions* square;                      // null: any_sums alone
  void (*fill)(const void* weights, __m256i* table);  // null: no table
  DepthwiseSums any_sums;
  bool whole_rows;  // at once, where the channels are plain
};

template <typename Weight>
DepthwiseFunctions functions_for(const ConvolveDepthwise& step,
                                 const ConvolutionPointers& pointers) {
  const TapGrid& taps = step.taps;
  const bool three = taps.rows == 3;
  DepthwiseFunctions functions{.square = nullptr,
                               .fill = nullptr,
                               .any_sums = three ? sums_of_any<3, Weight> : sums_of_any<4, Weight>,
                               .whole_rows = false};
  const bool strided = step.x.column == 2 * taps.column;
  if ((three || taps.rows == 5) && taps.columns == taps.rows &&
      (strided || step.x.column == taps.column)) {
    functions.square = &square_functions<Weight>[three ? 0 : 1][strided ? 1 : 0];
    if (!three) functions.fill = fill_table_of_5x5<Weight>;
    functions.whole_rows = pointers.addend == nullptr && step.sizes.channels % 8 == 0 &&
                           step.sizes.columns >= most_pixels;
  }
  return functions;
}

// Where neighbours in a row are stored.
struct RowTargets {
  std::array<std::int64_t, most_row_pixels> y;
  std::array<std::int64_t, most_row_pixels> addend;
};

RowTargets row_targets(const ConvolveDepthwise& step) {
  RowTargets targets;
  for (std::size_t i = 0; i < targets.y.size(); ++i) {
    targets.y[i] = static_cast<std::int64_t>(i) * step.y.column;
    targets.addend[i] = static_cast<std::int64_t>(i) * step.addend.value_or(Image{}).column;
  }
  return targets;
}

// Eight channels of one row of y.
void convolve_depthwise_row(const DepthwiseFunctions& functions, const ConvolveDepthwise& step,
                            const ConvolutionPointers& pointers, DepthwiseRow pixels,
                            PixelTargets targets) {
  if (pixels.plain != nullptr) {
    pixels.count = step.sizes.columns;
    return functions.square->plain_row(pixels, pointers, targets);
  }
  alignas(32) std::array<std::int32_t, 8 * most_row_pixels> sums;
  for (std::int64_t column = 0; column < step.sizes.columns; column += most_row_pixels) {
    pixels.count = std::min(step.sizes.columns - column, most_row_pixels);
    const bool square = functions.square != nullptr && pixels.count >= most_pixels;
    (square ? functions.square->sums : functions.any_sums)(pixels, sums.data());
    finish_eights(pointers, targets, products_of(step),
                  std::span(sums).first(static_cast<std::size_t>(8 * pixels.count)));
    pixels.x += pixels.count * step.x.column;
    targets.channels.y += pixels.count * step.y.column;
    targets.channels.addend += pixels.count * step.addend.value_or(Image{}).column;
  }
}

// Rows whose pixels, a cache line each, lie in the nearest cache together.
std::int64_t rows_at_once(const ConvolveDepthwise& step) {
  constexpr std::int64_t most_lines = 384;
  const auto stride = [](std::int64_t of_y, std::int64_t of_taps) {
    return std::max<std::int64_t>(of_y / std::max<std::int64_t>(of_taps, 1), 1);
  };
  const std::int64_t columns = step.sizes.columns * stride(step.x.column, step.taps.column);
  const std::int64_t rows = most_lines / columns - step.taps.rows;
  return std::max<std::int64_t>(rows / stride(step.x.row, step.taps.row), 1);
}

VERNIER_AVX2 void convolve_depthwise_eights(const DepthwiseFunctions& functions,
                                            const ConvolveDepthwise& step,
                                            const ConvolutionPointers& pointers,
                                            const ConvolutionPart& part) {
  const std::int64_t panel_size = quads_of(step) * quad_weights;
  const std::int64_t weight_bytes = pointers.weight_element == WeightElement::s16 ? 2 : 1;
  const Image addend = step.addend.value_or(Image{});
  const RowTargets targets = row_targets(step);
  const std::int64_t end_channel = std::min(part.end_panel * panel_channels, step.sizes.channels);
  const std::int64_t rows = rows_at_once(step);
  __m256i table[all_pairs<5>];
  for (std::int64_t first = part.first_row; first < part.end_row; first += rows) {
    for (std::int64_t channel = part.first_panel * panel_channels; channel < end_channel;
         channel += 8) {
      const std::int64_t at = channel / panel_channels * panel_size + channel % panel_channels * 4;
      const auto* weights = static_cast<const std::byte*>(pointers.weights) + at * weight_bytes;
      if (functions.fill != nullptr) functions.fill(weights, table);
      EightPlain plain{};
      const bool whole = functions.whole_rows && is_plain(pointers, channel, products_of(step));
      if (whole) plain = plain_of(pointers, channel);
      for (std::int64_t row = first; row < std::min(first + rows, part.end_row); ++row) {
        convolve_depthwise_row(
            functions, step, pointers,
            {.taps = &step.taps,
             .x = static_cast<const std::uint8_t*>(pointers.x) + row * step.x.row + channel,
             .x_step = step.x.column,
             .weights = weights,
             .bias = pointers.arrays.bias + channel,
             .plain = whole ? &plain : nullptr,
             .table = table,
             .count = 0},
            {.y = targets.y.data(),
             .addend = targets.addend.data(),
             .channels = {.y = row * step.y.row + channel * step.y.channel,
                          .addend = row * addend.row + channel,
                          .packed = channel,
                          .channel_step = step.y.channel,
                          .count = std::min<std::int64_t>(8, end_channel - channel)}});
      }
    }
  }
}

}  // namespace

void convolve_depthwise_avx2(const ConvolveDepthwise& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part) {
  if (!is_8_bit(pointers)) return kernels_ref.convolve_depthwise(step, pointers, part);
  const bool wide = pointers.weight_element == WeightElement::s16;
  convolve_depthwise_eights(wide ? functions_for<std::int16_t>(step, pointers)
                                 : functions_for<std::int8_t>(step, pointers),
                            step, pointers, part);
}

}  // namespace vernier

#endif
