// How a run is cut into quads. Sums of two products stay in 16 bits where no two weights add up to
// more than `most`, in any channel. Where neighbours do, one of them is left to the next quad,
// which begins with it or before it, and has a zero in its place. The quad that reaches furthest is
// taken each time: it leaves least to those that follow.

#if defined(__x86_64__)

#include <algorithm>

#include "vernier/engine/kernels_avx2.h"
#include "vernier/engine/kernels_groups_sort.h"

namespace vernier {
namespace {

// The quads of a run, as packed, and whether each weight may be added to the next one.
struct Run {
  const std::int8_t* quads;
  std::int64_t channels;
  std::int64_t length;  // in elements, as far as there are weights
  std::vector<std::uint8_t> may_add;

  std::int64_t end() const { return std::ssize(may_add); }
};

// Of eight channels, elements `shift` / 8 to `shift` / 8 + 3 of this quad and the next one.
VERNIER_AVX2_INLINE __m256i shifted(const std::int8_t* quad, std::int64_t shift) {
  const __m256i low = _mm256_srl_epi32(load256(quad), _mm_cvtsi64_si128(shift));
  if (shift == 0) return low;
  const __m256i next = load256(quad + quad_weights);
  return _mm256_or_si256(low, _mm256_sll_epi32(next, _mm_cvtsi64_si128(32 - shift)));
}

// One bit for each byte, where the sum of its pair is too large.
VERNIER_AVX2_INLINE std::uint32_t too_large(__m256i weights, std::int32_t most) {
  const __m256i sums = _mm256_maddubs_epi16(_mm256_set1_epi8(1), weights);
  const __m256i limit = _mm256_set1_epi16(static_cast<std::int16_t>(most));
  return static_cast<std::uint32_t>(
      _mm256_movemask_epi8(_mm256_cmpgt_epi16(_mm256_abs_epi16(sums), limit)));
}

VERNIER_AVX2 Run run_of(const std::int8_t* quads, const Convolve& step, std::int64_t channels,
                        std::int32_t most) {
  constexpr std::uint32_t first_pairs = 0x33333333;
  Run run{quads, channels, step.run_length, {}};
  run.may_add.resize(static_cast<std::size_t>((step.run_length + 3) / 4 * 4));
  for (std::int64_t i = 0; i < run.end(); i += 4) {
    const bool last = i + 4 == run.end();
    std::uint32_t even = 0;
    std::uint32_t odd = 0;
    for (std::int64_t channel = 0; channel < channels; channel += 8) {
      const std::int8_t* quad = quads + i / 4 * quad_weights + channel * 4;
      even |= too_large(load256(quad), most);
      odd |= too_large(last ? _mm256_srli_epi32(load256(quad), 8) : shifted(quad, 8), most);
    }
    std::uint8_t* may_add = &run.may_add[static_cast<std::size_t>(i)];
    may_add[0] = (even & first_pairs) == 0;
    may_add[1] = (odd & first_pairs) == 0;
    may_add[2] = (even & ~first_pairs) == 0;
    may_add[3] = (odd & ~first_pairs) == 0;
  }
  return run;
}

// The elements of x of a quad that it has weights for.
struct Cut {
  std::int64_t start;  // of the quad
  std::int64_t first;
  std::int64_t end;
};

Cut cut_at(const Run& run, std::int64_t start, std::int64_t first) {
  std::int64_t end = first;
  for (const std::int64_t pair : {start, start + 2}) {
    if (end == pair) {
      end += run.may_add[static_cast<std::size_t>(pair)] ? 2 : 1;
    } else if (end == pair + 1) {
      ++end;
    }
  }
  return {start, first, end};
}

Cut longest_cut(const Run& run, std::int64_t first) {
  const std::int64_t last_start = std::min(first, run.end() - 4);
  Cut longest = cut_at(run, last_start, first);
  for (std::int64_t start = last_start - 1; start >= std::max<std::int64_t>(first - 3, 0);
       --start) {
    const Cut cut = cut_at(run, start, first);
    if (cut.end > longest.end) longest = cut;
  }
  return longest;
}

VERNIER_AVX2 void append(CutQuads& quads, const Run& run, const Cut& cut) {
  const std::uint32_t not_before = ~std::uint32_t{0} << (8 * (cut.first - cut.start));
  const std::uint32_t not_behind = ~std::uint32_t{0} >> (8 * (cut.start + 4 - cut.end));
  const __m256i inside = _mm256_set1_epi32(static_cast<std::int32_t>(not_before & not_behind));
  const std::size_t at = quads.weights.size();
  quads.weights.resize(at + static_cast<std::size_t>(4 * run.channels));
  for (std::int64_t channel = 0; channel < run.channels; channel += 8) {
    const std::int8_t* quad = run.quads + cut.start / 4 * quad_weights + channel * 4;
    auto* target = reinterpret_cast<__m256i*>(&quads.weights[at] + channel * 4);
    _mm256_storeu_si256(target, _mm256_and_si256(shifted(quad, cut.start % 4 * 8), inside));
  }
}

}  // namespace

CutQuads cut_into_quads(const Convolve& step, const std::int8_t* panel, std::int64_t channels,
                        std::int32_t most) {
  CutQuads quads{.channels = channels, .offsets = {}, .weights = {}};
  for (const std::int64_t begin : step.runs) {
    const Run run = run_of(panel, step, channels, most);
    for (std::int64_t first = 0; first < run.length;) {
      const Cut cut = longest_cut(run, first);
      quads.offsets.push_back(static_cast<std::int32_t>(begin + cut.start));
      append(quads, run, cut);
      first = cut.end;
    }
    panel += run.end() / 4 * quad_weights;
  }
  return quads;
}

}  // namespace vernier

#endif
