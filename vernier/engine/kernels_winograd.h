#pragma once

// Private to engine/: convolutions with kernels of three columns, where x and weights have 7 bits:
// two neighbours of a row of y at a time by Winograd's F(2, 3), four products for six (Lavin and
// Gray, "Fast Algorithms for Convolutional Neural Networks", 2016, section 4.1). With d0 to d3, x
// of four columns, and g0 to g2, the weights of three:
//   m0 = (d0 - d2) g0       m1 = (d1 + d2) (g0 + g1 + g2)
//   m3 = (d1 - d3) g2       m2 = (d2 - d1) (g0 - g1 + g2)
//   y0 = m0 + (m1 + m2) / 2
//   y1 = (m1 - m2) / 2 - m3
// All is exact: m1 + m2 and m1 - m2 are even. Sums and differences of x, with 127 added to these,
// are bytes. Sums of weights may leave a byte, though they rarely do: then the rest is in a quad of
// its own.

#if defined(__x86_64__)

#include <algorithm>
#include <cstdint>

#include "vernier/engine/kernels_groups_sort.h"
#include "vernier/engine/plan_convolution.h"

namespace vernier {

inline constexpr int winograd_parts = 4;
inline constexpr std::int32_t winograd_highest_x = 127;

inline std::int64_t winograd_pairs_of(const Convolve& step) { return (step.sizes.columns + 1) / 2; }

/// What is computed at once: so many rows of so many pairs. Of each pair, x of m0 to m3 stands in a
/// part each: [x_rows][bytes of a column]; `x_rows` are those that all rows of y need.
struct WinogradBlock {
  std::int64_t rows;
  std::int64_t pairs;  // 0: not even one fits
  std::int64_t x_rows;
  std::int64_t column_bytes;

  std::int64_t part_bytes() const { return x_rows * column_bytes; }
  std::int64_t pair_bytes() const { return winograd_parts * part_bytes(); }
};
inline constexpr std::int64_t winograd_block_bytes = 128 << 10;
inline constexpr std::int64_t winograd_block_pairs = 224;  // of all rows
inline constexpr std::size_t winograd_tile_pairs = 8;

inline WinogradBlock winograd_block(const Convolve& step) {
  constexpr std::int64_t most_rows = 24;  // few others are read twice
  const std::int64_t blocks = (step.sizes.rows + most_rows - 1) / most_rows;
  const std::int64_t rows = (step.sizes.rows + blocks - 1) / blocks;
  WinogradBlock block{.rows = rows,
                      .pairs = 0,
                      .x_rows = rows + std::ssize(step.runs) - 1,
                      .column_bytes = step.x.column};
  block.pairs = std::min({winograd_pairs_of(step), winograd_block_pairs / rows,
                          winograd_block_bytes / block.pair_bytes()});
  return block;
}

/// Whether a step can be computed so, with weights of s8 and x of 0..highest_x.
bool takes_winograd(const Convolve& step, const std::int8_t* weights, std::int32_t highest_x);

/// [panel][8 channels][part] of such a step.
SortedPanels winograd_panels(const Convolve& step, const std::int8_t* weights);

/// Whether they take less time than groups of any size would.
bool winograd_is_faster(const Convolve& step, const SortedPanels& panels);

}  // namespace vernier

#endif
