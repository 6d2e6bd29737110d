// Weights sorted into groups whose sums stay in 16 bits: first fit, among the next few quads.

#if defined(__x86_64__)

#include "vernier/engine/kernels_groups.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "vernier/engine/kernels_avx2.h"

namespace vernier {
namespace {

// How many quads are tried for the second of a group, and for the third and the fourth: more take
// longer and hardly find any more groups.
constexpr int most_tried = 64;
constexpr int most_tried_further = 8;
// Orders of four neighbours: as they are, and with other neighbours of the first.
constexpr std::array<std::int32_t, 3> orders = {0x03020100, 0x03010200, 0x02010300};

// ---- What a quad adds to sums.

VERNIER_AVX2_INLINE __m256i reordered(const std::int8_t* quads, std::int32_t order) {
  // Each begins at a multiple of four.
  const __m128i begins = _mm_setr_epi32(0, 0x04040404, 0x08080808, 0x0C0C0C0C);
  const __m128i places = _mm_add_epi8(_mm_set1_epi32(order), begins);
  return _mm256_shuffle_epi8(load256(quads), _mm256_broadcastsi128_si256(places));
}

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

VERNIER_AVX2_INLINE bool stay_in_16_bits(__m256i sums) {
  const __m256i beyond = _mm256_subs_epu8(sums, _mm256_set1_epi8(static_cast<char>(128)));
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

// Adds `other` if all sums stay in 16 bits.
VERNIER_AVX2_INLINE bool add_if_small(PairSums& sums, const PairSums& other) {
  const __m256i low = _mm256_adds_epu8(load256(&sums.bytes[0]), load256(&other.bytes[0]));
  const __m256i high = _mm256_adds_epu8(load256(&sums.bytes[32]), load256(&other.bytes[32]));
  if (!stay_in_16_bits(_mm256_max_epu8(low, high))) return false;
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums.bytes[0]), low);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(&sums.bytes[32]), high);
  return true;
}

// ---- The quads of a panel, sorted.

// The weights of `channels` neighbours: those of a quad are `quad_weights` further on than the one
// before.
struct Panel {
  const std::int8_t* weights;
  std::int32_t quads;
  std::int64_t channels;

  std::span<const std::int8_t> quad(std::int32_t i) const {
    return {weights + i * quad_weights, static_cast<std::size_t>(4 * channels)};
  }
};

// Numbers of quads, as GroupedPanel sorts them.
struct Sorted {
  std::vector<std::int32_t> fours, twos, ones, swaps, wides;
};

// Quads that may still be summed up with others, and their pair sums.
struct Candidates {
  std::vector<std::int32_t> numbers;  // -1: no more
  std::vector<PairSums> sums;
};

// Takes the first candidate from `from` on that is left, and those that can be summed up with it:
// four, two or one.
VERNIER_AVX2 void take_group(Candidates& left, std::size_t from, Sorted& sorted) {
  std::array<std::size_t, 4> group = {from};
  std::size_t count = 1;
  PairSums sums = left.sums[from];
  int tries = most_tried;
  for (std::size_t i = from + 1; i < left.numbers.size() && count < 4 && tries > 0; ++i) {
    if (left.numbers[i] < 0) continue;
    --tries;
    if (!add_if_small(sums, left.sums[i])) continue;
    group[count++] = i;
    tries = most_tried_further;
  }
  if (count == 3) count = 2;
  auto& list = count == 4 ? sorted.fours : count == 2 ? sorted.twos : sorted.ones;
  for (std::size_t i = 0; i < count; ++i) {
    list.push_back(std::exchange(left.numbers[group[i]], -1));
  }
}

// Whether a quad stays in 16 bits in one order of its elements, and which.
VERNIER_AVX2 std::optional<std::int32_t> order_of(std::span<const std::int8_t> quad) {
  for (const std::int32_t order : orders) {
    PairSums none;
    if (add_if_small(none, pair_sums_of(quad, order))) return order;
  }
  return std::nullopt;
}

VERNIER_AVX2 Sorted sort(const Panel& panel) {
  Sorted sorted;
  Candidates left;
  for (std::int32_t i = 0; i < panel.quads; ++i) {
    const std::optional<std::int32_t> order = order_of(panel.quad(i));
    if (order == orders[0]) {
      left.numbers.push_back(i);
      left.sums.push_back(pair_sums_of(panel.quad(i), orders[0]));
    } else {
      (order ? sorted.swaps : sorted.wides).push_back(i);
    }
  }
  for (std::size_t i = 0; i < left.numbers.size(); ++i) {
    if (left.numbers[i] >= 0) take_group(left, i, sorted);
  }
  return sorted;
}

// ---- What is sorted, written down.

// Where the next numbers and weights go.
struct Targets {
  std::int32_t* offsets;
  std::int8_t* weights;
};

VERNIER_AVX2 void write_weights(std::span<const std::int8_t> quad, std::int32_t order,
                                Targets& target) {
  for (std::size_t i = 0; i < quad.size(); i += 32, target.weights += 32) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(target.weights), reordered(&quad[i], order));
  }
}

void write_panel(const Convolve& step, const Panel& panel, const Sorted& sorted, Targets target) {
  const std::int64_t run_quads = (step.run_length + 3) / 4;
  for (const auto* list :
       {&sorted.fours, &sorted.twos, &sorted.ones, &sorted.swaps, &sorted.wides}) {
    for (const std::int32_t quad : *list) {
      const std::int64_t run = step.runs[static_cast<std::size_t>(quad / run_quads)];
      const std::int32_t order = list == &sorted.swaps ? *order_of(panel.quad(quad)) : orders[0];
      *target.offsets++ = static_cast<std::int32_t>(run + quad % run_quads * 4);
      if (list == &sorted.swaps) *target.offsets++ = order;
      write_weights(panel.quad(quad), order, target);
    }
  }
}

GroupedPanel header_of(const Sorted& sorted, std::int64_t offsets, std::int64_t weights) {
  const auto number = [](const std::vector<std::int32_t>& quads, std::size_t size) {
    return static_cast<std::int32_t>(quads.size() / size);
  };
  return {.offsets = offsets,
          .weights = weights,
          .fours = number(sorted.fours, 4),
          .twos = number(sorted.twos, 2),
          .ones = number(sorted.ones, 1),
          .swaps = number(sorted.swaps, 1),
          .wides = number(sorted.wides, 1)};
}

std::vector<Panel> panels_with(const Convolve& step, const std::int8_t* weights,
                               std::int64_t channels) {
  const std::int64_t quads = quads_of(step);
  std::vector<Panel> panels;
  for (std::int64_t i = 0; i < step.groups * panels_of(step.sizes.channels); ++i) {
    for (std::int64_t channel = 0; channel < panel_channels; channel += channels) {
      panels.push_back({weights + i * quads * quad_weights + channel * 4,
                        static_cast<std::int32_t>(quads), channels});
    }
  }
  return panels;
}

// The headers, all offsets, all weights.
AlignedBytes grouped(const Convolve& step, const std::int8_t* weights, std::int64_t channels) {
  const std::int64_t furthest = std::numeric_limits<std::int32_t>::max() - step.run_length;
  if (std::ranges::any_of(step.runs, [&](std::int64_t run) { return run > furthest; })) return {};
  constexpr auto header_bytes = static_cast<std::int64_t>(sizeof(GroupedPanel));
  const std::int64_t offset_bytes = 2 * 4 * quads_of(step);
  const std::int64_t weight_bytes = 4 * channels * quads_of(step);
  const std::vector<Panel> panels = panels_with(step, weights, channels);
  AlignedBytes bytes(
      static_cast<std::size_t>(std::ssize(panels) * (header_bytes + offset_bytes + weight_bytes)));
  std::byte* header = bytes.data();
  std::byte* offsets = header + std::ssize(panels) * header_bytes;
  std::byte* data = offsets + std::ssize(panels) * offset_bytes;
  for (const Panel& panel : panels) {
    const Sorted sorted = sort(panel);
    const GroupedPanel described = header_of(sorted, offsets - header, data - header);
    std::memcpy(header, &described, sizeof(described));
    write_panel(step, panel, sorted,
                {reinterpret_cast<std::int32_t*>(offsets), reinterpret_cast<std::int8_t*>(data)});
    header += header_bytes;
    offsets += offset_bytes;
    data += weight_bytes;
  }
  return bytes;
}

}  // namespace

AlignedBytes grouped_by_8(const Convolve& step, const std::int8_t* weights) {
  return grouped(step, weights, 8);
}

AlignedBytes grouped_by_16(const Convolve& step, const std::int8_t* weights) {
  return grouped(step, weights, 16);
}

}  // namespace vernier

#endif
