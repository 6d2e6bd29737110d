// Weights for kernels_avx512_narrow.cpp, from two quads of a panel at a time:
//
//   [group][eight neighbours][channels of the group][eight neighbours]
//
// but that the channels of two vectors alternate in pairs: 0, 1, 4, 5, 8, 9, 12, 13 stand in the
// first one and those between them in the second, so that their sums come to be in order.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2.h"
#include "vernier/engine/kernels_avx512_narrow.h"

namespace vernier {
namespace {

// Two quads of a panel, and of those the channels that exist, in the order in which
// `added_neighbours` takes their sums.
VERNIER_AVX512_INLINE std::byte* store_eights(std::byte* target, __m512i first, __m512i second,
                                              bool half) {
  if (half) {
    const __m512i order = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    _mm512_store_si512(target, _mm512_permutex2var_epi32(first, order, second));
    return target + quad_weights;
  }
  _mm512_store_si512(target, _mm512_unpacklo_epi32(first, second));
  _mm512_store_si512(target + quad_weights, _mm512_unpackhi_epi32(first, second));
  return target + 2 * quad_weights;
}

// From the panels of a group.
VERNIER_AVX512 void order_narrow(const Convolve& step, const std::byte* weights,
                                 std::byte* target) {
  const std::int64_t quads = quads_of(step);
  for (std::int64_t quad = 0; quad < quads; quad += 2) {
    for (std::int64_t panel = 0; panel < panels_of(step.sizes.channels); ++panel) {
      const std::byte* two = weights + (panel * quads + quad) * quad_weights;
      target = store_eights(target, _mm512_loadu_si512(two), _mm512_loadu_si512(two + quad_weights),
                            step.sizes.channels - panel * panel_channels < panel_channels);
    }
  }
}

}  // namespace

bool is_narrow(const Convolve& step) {
  const std::int64_t channels = step.sizes.channels;
  return step.groups > 1 && (channels == 8 || channels == 24) && !step.addend &&
         step.run_length % narrow_step == 0 && !stays_nibbles(step);
}

std::int64_t narrow_bytes(const Convolve& step) {
  return quads_of(step) / 2 * step.sizes.channels * narrow_step;
}

AlignedBytes prepare_avx512(const Convolve& step, const std::byte* weights,
                            std::int32_t highest_x) {
  const AlignedBytes expanded = bytes_of_nibbles(step, weights, highest_x);
  if (!is_narrow(step)) return expanded;
  if (!expanded.empty()) weights = expanded.data();
  const std::int64_t panels = panels_of(step.sizes.channels);
  AlignedBytes result(static_cast<std::size_t>(step.groups * narrow_bytes(step)));
  for (std::int64_t group = 0; group < step.groups; ++group) {
    order_narrow(step, weights + group * panels * panel_bytes(WeightElement::s8, quads_of(step)),
                 result.data() + group * narrow_bytes(step));
  }
  result.insert(result.end(), expanded.begin(), expanded.end());
  return result;
}

}  // namespace vernier

#endif
