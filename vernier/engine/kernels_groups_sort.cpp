// Which quads are summed up together, among the next few: the first that fit, or, for groups of any
// size, those that leave the highest sum lowest.

#if defined(__x86_64__)

#include "vernier/engine/kernels_groups_sort.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace vernier {
namespace {

// How many quads are tried for the second of a group of four, and then for each of the others: more
// take longer and hardly find any larger groups.
constexpr int tried = 64;
constexpr int tried_further = 8;

// Orders of four neighbours: as they are, and with other neighbours of the first.
constexpr std::array<QuadOrder, 3> orders = {usual_order, 0x03010200, 0x02010300};

// ---- What a quad adds to sums.

VERNIER_AVX2_INLINE __m256i sums_of_two(__m256i bytes) {
  return _mm256_add_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(0xFF)),
                          _mm256_srli_epi16(bytes, 8));
}

// For eight channels: what the positive weights of each of 16 pairs add up to, and the negative
// ones, in bytes; 255 stands for more.
VERNIER_AVX2_INLINE __m256i pair_sums(const std::int8_t* quads, std::int32_t order) {
  const __m256i weights = reordered(quads, order);
  const __m256i zero = _mm256_setzero_si256();
  const __m256i negative = _mm256_abs_epi8(_mm256_min_epi8(weights, zero));
  return _mm256_packus_epi16(sums_of_two(_mm256_max_epi8(weights, zero)), sums_of_two(negative));
}

VERNIER_AVX2_INLINE bool stay_within(__m256i sums, std::int32_t limit) {
  const __m256i beyond = _mm256_subs_epu8(sums, _mm256_set1_epi8(static_cast<char>(limit)));
  return _mm256_testz_si256(beyond, beyond) != 0;
}

// Of sixteen channels; those of eight have zeros behind them.
struct PairSums {
  std::array<std::byte, 64> bytes{};
};

VERNIER_AVX2_INLINE PairSums pair_sums_of(std::span<const std::int8_t> quad, std::int32_t order) {
  PairSums sums;
  for (std::size_t i = 0; i < quad.size(); i += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums.bytes[i]), pair_sums(&quad[i], order));
  }
  return sums;
}

// Adds `other` if all sums stay within the limit.
VERNIER_AVX2_INLINE bool add_if_small(PairSums& sums, const PairSums& other, std::int32_t limit) {
  const __m256i low = _mm256_adds_epu8(load256(&sums.bytes[0]), load256(&other.bytes[0]));
  const __m256i high = _mm256_adds_epu8(load256(&sums.bytes[32]), load256(&other.bytes[32]));
  if (!stay_within(_mm256_max_epu8(low, high), limit)) return false;
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums.bytes[0]), low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums.bytes[32]), high);
  return true;
}

// What the highest sum would be then; 255 stands for more.
VERNIER_AVX2_INLINE std::int32_t highest_sum(const PairSums& a, const PairSums& b) {
  const __m256i low = _mm256_adds_epu8(load256(&a.bytes[0]), load256(&b.bytes[0]));
  const __m256i high = _mm256_adds_epu8(load256(&a.bytes[32]), load256(&b.bytes[32]));
  const __m256i higher = _mm256_max_epu8(low, high);
  __m128i sums = _mm_max_epu8(_mm256_castsi256_si128(higher), _mm256_extracti128_si256(higher, 1));
  sums = _mm_max_epu8(sums, _mm_srli_epi16(sums, 8));
  const __m128i byte = _mm_set1_epi16(0xFF);
  const __m128i lowest = _mm_minpos_epu16(_mm_xor_si128(_mm_and_si128(sums, byte), byte));
  return 255 - _mm_extract_epi16(lowest, 0);
}

// ---- Quads that may still be summed up with others, and their pair sums.

struct Candidates {
  std::vector<std::int32_t> numbers;  // -1: no more
  std::vector<PairSums> sums;

  VERNIER_AVX2 void add(const Panel& panel, std::int32_t quad) {
    numbers.push_back(quad);
    sums.push_back(pair_sums_of(panel.quad(quad), usual_order));
  }
};

using Group = std::vector<std::size_t>;  // of candidates

// Candidate `from`, which is left, and those behind it that can be summed up with it.
VERNIER_AVX2 Group four_from(const Candidates& left, std::size_t from, std::int32_t most) {
  Group group = {from};
  PairSums sums = left.sums[from];
  int tries = tried;
  for (std::size_t i = from + 1; i < left.numbers.size() && group.size() < 4 && tries > 0; ++i) {
    if (left.numbers[i] < 0) continue;
    --tries;
    if (!add_if_small(sums, left.sums[i], most)) continue;
    group.push_back(i);
    tries = tried_further;
  }
  return group;
}

// The next candidates, as many as are tried at once.
void refill(Group& window, std::size_t at_once, const Candidates& left, std::size_t& next) {
  for (; window.size() < at_once && next < left.numbers.size(); ++next) {
    if (left.numbers[next] >= 0) window.push_back(next);
  }
}

// The same, of any size.
VERNIER_AVX2 Group largest_from(const Candidates& left, std::size_t from, std::int32_t most,
                                std::size_t at_once) {
  Group group = {from};
  Group window;
  PairSums sums = left.sums[from];
  for (std::size_t next = from + 1;;) {
    refill(window, at_once, left, next);
    std::size_t best = 0;
    std::int32_t lowest = std::numeric_limits<std::int32_t>::max();
    for (std::size_t i = 0; i < window.size(); ++i) {
      const std::int32_t highest = highest_sum(sums, left.sums[window[i]]);
      if (highest < lowest) std::tie(best, lowest) = std::tie(i, highest);
    }
    if (lowest > most) return group;
    add_if_small(sums, left.sums[window[best]], most);
    group.push_back(window[best]);
    window.erase(window.begin() + static_cast<std::ptrdiff_t>(best));
  }
}

// Calls take(group_from(candidate)) for groups that together hold all candidates. It may shorten
// them.
template <typename GroupFrom, typename Take>
void for_each_group(Candidates& left, GroupFrom&& group_from, Take&& take) {
  for (std::size_t from = 0; from < left.numbers.size(); ++from) {
    if (left.numbers[from] < 0) continue;
    Group group = group_from(from);
    for (const std::size_t i : take(group)) left.numbers[i] = -1;
  }
}

void append(std::vector<std::int32_t>& list, const Candidates& from, const Group& group) {
  for (const std::size_t i : group) list.push_back(from.numbers[i]);
}

}  // namespace

std::int32_t most_pair_sum(std::int32_t highest_x) {
  constexpr std::int32_t most_told = 254;  // by sums in bytes that saturate
  return std::min(std::numeric_limits<std::int16_t>::max() / std::max(highest_x, 1), most_told);
}

VERNIER_AVX2 std::optional<QuadOrder> order_of(std::span<const std::int8_t> quad,
                                               std::int32_t most) {
  for (const QuadOrder order : orders) {
    PairSums none;
    if (add_if_small(none, pair_sums_of(quad, order), most)) return order;
  }
  return std::nullopt;
}

SortedQuads sorted_short(const Panel& panel, std::int32_t most) {
  SortedQuads sorted;
  Candidates left;
  for (std::int32_t i = 0; i < panel.quads; ++i) {
    const std::optional<QuadOrder> order = order_of(panel.quad(i), most);
    if (order == usual_order) {
      left.add(panel, i);
    } else {
      (order ? sorted.swaps : sorted.wides).push_back(i);
    }
  }
  const auto four = [&](std::size_t from) { return four_from(left, from, most); };
  for_each_group(left, four, [&](Group& group) -> auto& {
    if (group.size() == 3) group.pop_back();
    auto& list = group.size() == 4 ? sorted.fours : group.size() == 2 ? sorted.twos : sorted.ones;
    append(list, left, group);
    return group;
  });
  return sorted;
}

std::optional<SortedQuads> sorted_long(const Panel& panel, std::int32_t most,
                                       const LongSearch& search) {
  SortedQuads sorted;
  Candidates left;
  for (std::int32_t i = 0; i < panel.quads; ++i) {
    if (order_of(panel.quad(i), most) != usual_order) return std::nullopt;
    left.add(panel, i);
  }
  // The first has most to choose from: others will hardly be larger.
  const auto largest = [&](std::size_t from) {
    return largest_from(left, from, most, search.at_once);
  };
  if (largest(0).size() < search.least_mean) return std::nullopt;
  std::vector<std::vector<std::int32_t>> groups;  // numbers of quads
  for_each_group(left, largest, [&](Group& group) -> auto& {
    append(groups.emplace_back(), left, group);
    return group;
  });
  // Neighbours of one size let the CPU foresee where their loops end.
  std::ranges::sort(groups, std::ranges::greater(), [](const auto& group) { return group.size(); });
  for (const std::vector<std::int32_t>& group : groups) {
    std::ranges::copy(group, std::back_inserter(sorted.longs));
    sorted.sizes.push_back(static_cast<std::int32_t>(group.size()));
  }
  if (sorted.longs.size() < search.least_mean * sorted.sizes.size()) return std::nullopt;
  return sorted;
}

}  // namespace vernier

#endif
