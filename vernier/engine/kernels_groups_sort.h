#pragma once

// Private to engine/: which quads of a panel are summed up together in 16 bits (kernels_groups.h).

#if defined(__x86_64__)

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/engine/plan_convolution.h"
#include "vernier/engine/plan_weights.h"

namespace vernier {

/// Quads of `channels` neighbours, 8 or 16, no pair of which leaves 16 bits.
struct CutQuads {
  std::int64_t channels;
  std::vector<std::int32_t> offsets;  // of each, in elements from the first tap
  std::vector<std::int8_t> weights;   // [quad][channel][4 elements]

  std::int32_t count() const { return static_cast<std::int32_t>(offsets.size()); }
  std::span<const std::int8_t> quad(std::int32_t i) const {
    return {&weights[static_cast<std::size_t>(i * 4 * channels)],
            static_cast<std::size_t>(4 * channels)};
  }
};

/// What the positive weights of a pair may add up to, and the negative ones, for x of 0..highest_x:
/// 128 to 254; the latter is what can be told from more.
std::int32_t most_pair_sum(std::int32_t highest_x);

/// Those of all runs. The first weight of the channels is at `panel`, those of a quad are
/// `quad_weights` further on than the one before.
CutQuads cut_into_quads(const Convolve& step, const std::int8_t* panel, std::int64_t channels,
                        std::int32_t most);

/// Numbers of quads, as GroupedPanel sorts them. `sizes` are those of groups of any size, which
/// `longs` holds one behind the other.
struct SortedQuads {
  std::vector<std::int32_t> sizes, longs, fours, twos, ones;
};

/// The quads of a vector of channels, or of a panel.
struct SortedPanel {
  CutQuads quads;
  SortedQuads sorted;
  std::vector<std::int32_t> starts = {};  // of a part alone
};
using SortedPanels = std::vector<SortedPanel>;

/// As kernels read them: a GroupedPanel for each, and what they refer to.
AlignedBytes written(const SortedPanels& panels);

/// In groups of four, two or one.
SortedQuads sorted_short(const CutQuads& quads, std::int32_t most);
/// Of how many quads those are chosen that are the next of a group: more take longer and find
/// larger groups. Groups that have fewer quads on average are not worth it.
struct LongSearch {
  std::size_t at_once;
  std::size_t least_mean;
};

/// In groups as large as possible. Nothing, if they are not worth it.
std::optional<SortedQuads> sorted_long(const CutQuads& quads, std::int32_t most,
                                       const LongSearch& search);

}  // namespace vernier

#endif
