#pragma once

// Private to engine/: exact 8-bit products at the speed of those that saturate.
//
// vpmaddubsw adds the products of two neighbours in 16 bits, which 255 * 127 * 2 leaves. Whether it
// does is known from the weights: a sum over products of u8 lies within 16 bits as long as those
// of its weights that are positive add up to 128 at most (255 * 128 = 32640), and the negative ones
// to -128. So the quads of the channels of a vector are sorted: groups of four, of two, and single
// ones whose sums stay in 16 bits in every lane; swapped ones, where they do so after the four
// neighbours of x have changed places; and wide ones, which need products of 16 bits. Members of a
// group need not be neighbours: for each quad there is an offset into x.

#if defined(__x86_64__)

#include <cstddef>
#include <cstdint>

#include "vernier/base/tensor.h"
#include "vernier/engine/plan_convolution.h"

namespace vernier {

/// The channels of one vector: quads in the order of these numbers. The arrays begin so many bytes
/// behind this struct: an i32 for each quad, its offset in elements from the first tap, and for
/// swaps another, the order of the four bytes; weights of s8 [channels][4 elements].
struct GroupedPanel {
  std::int64_t offsets;
  std::int64_t weights;
  std::int32_t fours;  // numbers of groups
  std::int32_t twos;
  std::int32_t ones;
  std::int32_t swaps;
  std::int32_t wides;
};

/// All weights of a step, of s8: [group][channels of a vector] panels, and what they refer to.
/// Empty where an offset leaves 32 bits.
AlignedBytes grouped_by_8(const Convolve& step, const std::int8_t* weights);
AlignedBytes grouped_by_16(const Convolve& step, const std::int8_t* weights);

}  // namespace vernier

#endif
