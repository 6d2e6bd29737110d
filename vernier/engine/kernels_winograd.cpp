// The weights of the four products of Winograd's F(2, 3), in quads and groups (kernels_winograd.h).

#if defined(__x86_64__)

#include "vernier/engine/kernels_winograd.h"

#include <utility>
#include <vector>

#include "vernier/engine/kernels_avx2.h"

namespace vernier {
namespace {

// Of g0, g1 and g2 in the four products.
constexpr std::int16_t factors[winograd_parts][3] = {{1, 0, 0}, {1, 1, 1}, {1, -1, 1}, {0, 0, 1}};

// Three of them are within a byte, or the rest of any two neighbours is within 128.
constexpr std::int8_t most_weight = 63;

// A panel of one part: [row of the kernel][quad][16 channels][4 elements]. The weights are sums.
struct PartWeights {
  std::vector<std::int8_t> bytes;
  std::vector<std::int8_t> rests;
};

// Sixteen sums.
VERNIER_AVX2_INLINE __m256i sums_at(const std::int8_t* weights, std::int64_t column_bytes,
                                    const std::int16_t (&by)[3]) {
  __m256i sums = _mm256_setzero_si256();
  for (int i = 0; i < 3; ++i) {
    const __m256i words = widened_sixteen(weights + i * column_bytes);
    sums = _mm256_add_epi16(sums, _mm256_mullo_epi16(words, _mm256_set1_epi16(by[i])));
  }
  return sums;
}

// Words as bytes that saturate.
VERNIER_AVX2_INLINE __m128i bytes_of(__m256i words) {
  const __m256i bytes = _mm256_packs_epi16(words, words);
  return _mm256_castsi256_si128(_mm256_permute4x64_epi64(bytes, 0x08));
}

VERNIER_AVX2 PartWeights part_weights(const Convolve& step, const std::int8_t* panel, int part) {
  const std::int64_t column = step.x.column / 4 * quad_weights;
  const auto size = static_cast<std::size_t>(std::ssize(step.runs) * column);
  PartWeights result{std::vector<std::int8_t>(size), std::vector<std::int8_t>(size)};
  for (std::size_t i = 0; i < size; i += 16) {
    const auto at = static_cast<std::int64_t>(i);
    const __m256i sums =
        sums_at(panel + at / column * 3 * column + at % column, column, factors[part]);
    const __m128i bytes = bytes_of(sums);
    const __m256i rests = _mm256_sub_epi16(sums, _mm256_cvtepi8_epi16(bytes));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(&result.bytes[i]), bytes);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(&result.rests[i]), bytes_of(rests));
  }
  return result;
}

// Adds those of eight channels that are not zero, of a part that begins at `offset`.
VERNIER_AVX2 void append_rests(CutQuads& quads, const std::vector<std::int8_t>& rests,
                               std::int64_t channel, std::int64_t offset) {
  for (std::int64_t i = 0; i < std::ssize(rests); i += quad_weights) {
    const std::int8_t* quad = rests.data() + i + channel * 4;
    const __m256i eight = load256(quad);
    if (_mm256_testz_si256(eight, eight) != 0) continue;
    quads.offsets.push_back(static_cast<std::int32_t>(offset + i / quad_weights * 4));
    quads.weights.insert(quads.weights.end(), quad, quad + 4 * quads.channels);
  }
}

// Of all weights of each of eight channels.
VERNIER_AVX2 __m256i sums_of(const CutQuads& quads) {
  const __m256i ones = _mm256_set1_epi8(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::int32_t i = 0; i < quads.count(); ++i) {
    const __m256i pairs = _mm256_maddubs_epi16(ones, load256(quads.quad(i).data()));
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
  }
  return sums;
}

// What takes the 127 out again that is added to the differences of x.
VERNIER_AVX2 std::vector<std::int32_t> starts_of(const CutQuads& quads, int part) {
  std::vector<std::int32_t> starts(8);
  if (part == 1) return starts;
  const __m256i products =
      _mm256_mullo_epi32(sums_of(quads), _mm256_set1_epi32(-winograd_highest_x));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(starts.data()), products);
  return starts;
}

SortedPanel part_panel(const Convolve& step, const PartWeights& weights, std::int64_t channel,
                       int part) {
  const std::int64_t offset = part * winograd_block(step).part_bytes();
  Convolve joined;  // the rows of a part stand one behind the other
  joined.runs = {offset};
  joined.run_length = std::ssize(step.runs) * step.x.column;
  const std::int32_t most = most_pair_sum(2 * winograd_highest_x);
  CutQuads quads = cut_into_quads(joined, weights.bytes.data() + channel * 4, 8, most);
  append_rests(quads, weights.rests, channel, offset);
  SortedQuads sorted = sorted_short(quads, most);
  std::vector<std::int32_t> starts = starts_of(quads, part);
  return {std::move(quads), std::move(sorted), std::move(starts)};
}

bool are_small(const Convolve& step, const std::int8_t* weights) {
  return std::all_of(weights, weights + packed_weight_bytes(step),
                     [](int weight) { return std::abs(weight) <= most_weight; });
}

}  // namespace

bool takes_winograd(const Convolve& step, const std::int8_t* weights, std::int32_t highest_x) {
  constexpr std::int64_t most_products = 1 << 14;  // m1 and m2 have 32 bits
  const std::int64_t column = step.x.column;
  const std::int64_t rows = std::ssize(step.runs);
  if (highest_x > winograd_highest_x || step.groups != 1 || step.sizes.columns < 2 ||
      step.run_length != 3 * column || column < 32 || column % 4 != 0 ||
      rows * column > most_products) {
    return false;
  }
  for (std::int64_t i = 0; i < rows; ++i) {
    if (step.runs[static_cast<std::size_t>(i)] != step.runs[0] + i * step.x.row) return false;
  }
  return winograd_block(step).pairs > 0 && are_small(step, weights);
}

SortedPanels winograd_panels(const Convolve& step, const std::int8_t* weights) {
  constexpr std::size_t of_a_panel = panel_channels / 8 * winograd_parts;
  SortedPanels panels;
  for (std::int64_t i = 0; i < panels_of(step.sizes.channels); ++i) {
    panels.resize(panels.size() + of_a_panel);
    SortedPanel* first = &panels.back() - of_a_panel + 1;
    for (int part = 0; part < winograd_parts; ++part) {
      const PartWeights sums =
          part_weights(step, weights + i * quads_of(step) * quad_weights, part);
      for (std::int64_t half = 0; half < 2; ++half) {
        first[half * winograd_parts + part] = part_panel(step, sums, 8 * half, part);
      }
    }
  }
  return panels;
}

// In hundredths of the cycles of a quad of one pixel and eight channels, as measured on Zen 4, what
// begins and ends a part of a tile included.
bool winograd_is_faster(const Convolve& step, const SortedPanels& panels) {
  constexpr std::int64_t part_costs = 800;
  constexpr std::int64_t quad_costs = 70;  // in groups of any size
  constexpr double worth = 0.93;           // transforming x, and what it makes more complicated
  std::int64_t costs = 0;
  for (const auto& [quads, sorted, starts] : panels) {
    costs += part_costs + 78 * std::ssize(sorted.fours) + 88 * std::ssize(sorted.twos) +
             100 * std::ssize(sorted.ones);
  }
  const std::int64_t pixels = step.sizes.columns * std::ssize(panels) / winograd_parts;
  return static_cast<double>(costs * winograd_pairs_of(step)) <
         worth * static_cast<double>(quad_costs * quads_of(step) * pixels);
}

}  // namespace vernier

#endif
