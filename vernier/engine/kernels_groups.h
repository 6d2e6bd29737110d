#pragma once

// Private to engine/: exact 8-bit products at the speed of those that saturate.
//
// vpmaddubsw adds the products of two neighbours in 16 bits, which 255 * 127 * 2 leaves. Whether it
// does is known from the weights: a sum over products of x = 0..m lies within 16 bits as long as
// those of its weights that are positive add up to 32767 / m at most, and the negative ones to
// -32767 / m: 128 for bytes, 258 for 7 bits. So each run is cut into quads whose pairs fit, with
// zeros where they would not (kernels_groups_cut.cpp), and the quads of the channels of a vector
// are sorted: groups of four, of two, and single ones whose sums stay in 16 bits in every lane.
// Where weights are small, as those of 7 or 4 bits, all are in groups of any size instead
// ("acc16"). Members of a group need not be neighbours: for each quad there is an offset into x.

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>

#include "vernier/base/tensor.h"
#include "vernier/engine/plan_convolution.h"

namespace vernier {

/// The channels of one vector, or, in groups of any size, of a whole panel: quads in the order of
/// these numbers. The arrays begin so many bytes behind this struct: an i32 for each group of any
/// size, how many quads it has; for each quad, its offset in elements from the first tap; weights
/// of s8 [channels][4 elements]. In front of the offsets of a part (kernels_winograd.h) stand eight
/// i32: what its sums begin with.
struct GroupedPanel {
  std::int64_t offsets;
  std::int64_t weights;
  std::int32_t quads;  // all of them
  std::int32_t longs;  // numbers of groups; either these or the others
  std::int32_t fours;
  std::int32_t twos;
  std::int32_t ones;
  std::int32_t parts;  // winograd_parts, or 1
};

/// All weights of a step, of s8 or s4: [group][channels of a vector] panels, and what they refer
/// to. Empty where an offset leaves 32 bits and where takes_plan_weights(). x is 0..highest_x.
AlignedBytes grouped_by_8(const Convolve& step, const std::byte* weights, std::int32_t highest_x);
AlignedBytes grouped_by_16(const Convolve& step, const std::byte* weights, std::int32_t highest_x);

}  // namespace vernier

#endif
