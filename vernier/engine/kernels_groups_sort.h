#pragma once

// Private to engine/: which quads of a panel are summed up together in 16 bits (kernels_groups.h).

#if defined(__x86_64__)

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "vernier/engine/kernels_avx2.h"
#include "vernier/engine/plan_weights.h"

namespace vernier {

/// Weights of `channels` neighbours, 8 or 16: those of a quad are `quad_weights` further on than
/// the one before.
struct Panel {
  const std::int8_t* weights;
  std::int32_t quads;
  std::int64_t channels;

  std::span<const std::int8_t> quad(std::int32_t i) const {
    return {weights + i * quad_weights, static_cast<std::size_t>(4 * channels)};
  }
};

/// Numbers of quads, as GroupedPanel sorts them. `sizes` are those of groups of any size, which
/// `longs` holds one behind the other.
struct SortedQuads {
  std::vector<std::int32_t> sizes, longs, fours, twos, ones, swaps, wides;
};

/// What the positive weights of a pair may add up to, and the negative ones, for x of 0..highest_x:
/// 254 at most, which is what can be told from more.
std::int32_t most_pair_sum(std::int32_t highest_x);

/// In groups of four, two or one.
SortedQuads sorted_short(const Panel& panel, std::int32_t most);
/// Of how many quads those are chosen that are the next of a group: more take longer and find
/// larger groups. Groups that have fewer quads on average are not worth it.
struct LongSearch {
  std::size_t at_once;
  std::size_t least_mean;
};

/// In groups as large as possible. Nothing, if they are not worth it, or a quad has to be swapped
/// or wide.
std::optional<SortedQuads> sorted_long(const Panel& panel, std::int32_t most,
                                       const LongSearch& search);

/// An order of the four elements of each quad, as vpshufb has it, lowest byte first.
using QuadOrder = std::int32_t;
inline constexpr QuadOrder usual_order = 0x03020100;
/// One in which the quad alone stays within 16 bits; nothing: none.
VERNIER_AVX2 std::optional<QuadOrder> order_of(std::span<const std::int8_t> quad,
                                               std::int32_t most);

/// The quads of eight channels, each in this order.
VERNIER_AVX2_INLINE __m256i reordered(const std::int8_t* quads, QuadOrder order) {
  // Each begins at a multiple of four.
  const __m128i begins = _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0C0C0C0C);
  const __m128i places = _mm_add_epi8(_mm_set1_epi32(order), begins);
  return _mm256_shuffle_epi8(load256(quads), _mm256_broadcastsi128_si256(places));
}

}  // namespace vernier

#endif
