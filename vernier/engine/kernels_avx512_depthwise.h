#pragma once

// Private to engine/.

#if defined(__x86_64__)

#include <algorithm>

#include "vernier/engine/kernels_avx512.h"

namespace vernier {

/// A square kernel with equal strides, and its tiles.
template <typename Function>
struct DepthwiseKind {
  std::int64_t size;
  std::int64_t stride;
  Function one_row;
  Function two_rows;  // of y; null: there is none
};

/// The kind of a step whose rows have at least a tile's columns; null: none.
template <typename Kinds>
auto find_kind(const Kinds& kinds, const ConvolveDepthwise& step, std::int64_t tile_columns) {
  const TapGrid& taps = step.taps;
  const auto fits = [&](const auto& kind) {
    return kind.size == taps.rows && kind.size == taps.columns &&
           step.x.column == kind.stride * taps.column && step.x.row == kind.stride * taps.row;
  };
  const auto found = std::ranges::find_if(kinds, fits);
  return step.sizes.columns < tile_columns || found == kinds.end() ? nullptr : &*found;
}

/// As many panels of the part as fill whole vectors of 64 channels, from the first one on; gives
/// the panel with which the others begin. They are all left where the kernel has no size that it
/// knows.
template <typename Products>
std::int64_t convolve_depthwise_64(const ConvolveDepthwise& step,
                                   const ConvolutionPointers& pointers, const Finish& finish,
                                   const ConvolutionPart& part);

}  // namespace vernier

#endif
