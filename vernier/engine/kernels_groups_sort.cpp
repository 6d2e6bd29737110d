// Which quads are summed up together, among the next few: the first that fit, or, for groups of any
// size, those that leave the highest sum lowest.

#if defined(__x86_64__)

#include "vernier/engine/kernels_groups_sort.h"

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <tuple>
#include <utility>

#include "vernier/engine/kernels_avx2.h"

namespace vernier {
namespace {

// How many quads are tried for the second of a group of four, and then for each of the others: more
// take longer and hardly find any larger groups.
constexpr int tried = 256;
constexpr int tried_further = 8;

// ---- What a quad adds to sums.

VERNIER_AVX2_INLINE __m256i sums_of_two(__m256i bytes) {
  return _mm256_add_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(0xFF)),
                          _mm256_srli_epi16(bytes, 8));
}

// For eight channels: what the positive weights of each of 16 pairs add up to, and the negative
// ones, in bytes; 255 stands for more.
VERNIER_AVX2_INLINE __m256i pair_sums(const std::int8_t* quads) {
  const __m256i weights = load256(quads);
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

VERNIER_AVX2_INLINE PairSums pair_sums_of(std::span<const std::int8_t> quad) {
  PairSums sums;
  for (std::size_t i = 0; i < quad.size(); i += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums.bytes[i]), pair_sums(&quad[i]));
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
};

VERNIER_AVX2 Candidates all_of(const CutQuads& quads) {
  const auto count = static_cast<std::size_t>(quads.count());
  Candidates all{std::vector<std::int32_t>(count), std::vector<PairSums>(count)};
  for (std::int32_t i = 0; i < quads.count(); ++i) {
    all.numbers[static_cast<std::size_t>(i)] = i;
    all.sums[static_cast<std::size_t>(i)] = pair_sums_of(quads.quad(i));
  }
  return all;
}

VERNIER_AVX2_INLINE __m256i squares(__m256i bytes) {
  const __m256i even = _mm256_and_si256(bytes, _mm256_set1_epi16(0xFF));
  const __m256i odd = _mm256_srli_epi16(bytes, 8);
  return _mm256_add_epi32(_mm256_madd_epi16(even, even), _mm256_madd_epi16(odd, odd));
}

VERNIER_AVX2_INLINE std::int32_t sum_of_squares(const PairSums& sums) {
  const __m256i all =
      _mm256_add_epi32(squares(load256(&sums.bytes[0])), squares(load256(&sums.bytes[32])));
  __m128i parts = _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
  parts = _mm_add_epi32(parts, _mm_shuffle_epi32(parts, 0x4E));
  parts = _mm_add_epi32(parts, _mm_shuffle_epi32(parts, 0xB1));
  return _mm_cvtsi128_si32(parts);
}

// Those first that fit to the fewest others.
VERNIER_AVX2 Candidates heaviest_first(const CutQuads& quads) {
  const Candidates all = all_of(quads);
  std::vector<std::pair<std::int32_t, std::int32_t>> order(all.sums.size());  // weight, number
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = {sum_of_squares(all.sums[i]), all.numbers[i]};
  }
  std::sort(order.begin(), order.end(), std::greater());
  Candidates sorted = all;
  for (std::size_t i = 0; i < order.size(); ++i) {
    sorted.numbers[i] = order[i].second;
    sorted.sums[i] = all.sums[static_cast<std::size_t>(order[i].second)];
  }
  return sorted;
}

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

// Groups that together hold all candidates.
struct AllGroups {
  std::vector<std::int32_t> numbers;  // of quads, one group behind the other
  std::vector<std::size_t> ends;
  std::vector<std::size_t> group_of;  // each quad

  std::span<const std::int32_t> group(std::size_t i) const {
    const std::size_t begin = i == 0 ? 0 : ends[i - 1];
    return std::span(numbers).subspan(begin, ends[i] - begin);
  }
};

template <typename GroupFrom>
AllGroups all_groups(Candidates& left, GroupFrom&& group_from) {
  AllGroups groups;
  groups.group_of.resize(left.numbers.size());
  for (std::size_t from = 0; from < left.numbers.size(); ++from) {
    if (left.numbers[from] < 0) continue;
    for (const std::size_t i : group_from(from)) {
      const std::int32_t number = std::exchange(left.numbers[i], -1);
      groups.numbers.push_back(number);
      groups.group_of[static_cast<std::size_t>(number)] = groups.ends.size();
    }
    groups.ends.push_back(groups.numbers.size());
  }
  return groups;
}

void append(std::vector<std::int32_t>& list, std::span<const std::int32_t> numbers) {
  list.insert(list.end(), numbers.begin(), numbers.end());
}

}  // namespace

std::int32_t most_pair_sum(std::int32_t highest_x) {
  constexpr std::int32_t most_told = 254;  // by sums in bytes that saturate
  return std::min(std::numeric_limits<std::int16_t>::max() / std::max(highest_x, 1), most_told);
}

SortedQuads sorted_short(const CutQuads& quads, std::int32_t most) {
  Candidates left = heaviest_first(quads);
  const AllGroups groups = all_groups(left, [&](std::size_t from) {
    Group group = four_from(left, from, most);
    if (group.size() == 3) group.pop_back();
    return group;
  });
  // In the order of x, as far as possible: neighbours are near already.
  SortedQuads sorted;
  std::vector<bool> done(groups.ends.size());
  for (const std::size_t i : groups.group_of) {
    if (done[i]) continue;
    done[i] = true;
    const std::span<const std::int32_t> group = groups.group(i);
    append(group.size() == 4 ? sorted.fours : group.size() == 2 ? sorted.twos : sorted.ones, group);
  }
  return sorted;
}

std::optional<SortedQuads> sorted_long(const CutQuads& quads, std::int32_t most,
                                       const LongSearch& search) {
  Candidates left = all_of(quads);
  // The first has most to choose from: others will hardly be larger.
  const auto largest = [&](std::size_t from) {
    return largest_from(left, from, most, search.at_once);
  };
  if (largest(0).size() < search.least_mean) return std::nullopt;
  const AllGroups groups = all_groups(left, largest);
  if (groups.numbers.size() < search.least_mean * groups.ends.size()) return std::nullopt;
  // Neighbours of one size let the CPU foresee where their loops end.
  std::vector<std::pair<std::int32_t, std::int32_t>> order;  // size, number
  for (std::size_t i = 0; i < groups.ends.size(); ++i) {
    order.emplace_back(groups.group(i).size(), i);
  }
  std::sort(order.begin(), order.end(), std::greater());
  SortedQuads sorted;
  for (const auto& [size, i] : order) {
    append(sorted.longs, groups.group(static_cast<std::size_t>(i)));
    sorted.sizes.push_back(size);
  }
  return sorted;
}

}  // namespace vernier

#endif
