// Weights for kernels_avx512_narrow.cpp, from two quads of a panel at a time:
//
//   [group][eight neighbours][channels of the group][eight neighbours]
//
// but that the channels of two vectors alternate in pairs: 0, 1, 4, 5, 8, 9, 12, 13 stand in the
// first one and those between them in the second, so that their sums come to be in order.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx512_narrow.h"

namespace vernier {
namespace {

// Two quads of a panel, and of those the channels that exist, in the order in which
// `added_neighbours` takes their sums.
VERNIER_AVX512_INLINE std::int8_t* store_eights(std::int8_t* target, __m512i first, __m512i second,
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

}  // namespace

bool is_narrow(const Convolve& step) {
  const std::int64_t channels = step.sizes.channels;
  return step.groups > 1 && (channels == 8 || channels == 24) && !step.addend &&
         step.run_length % narrow_step == 0;
}

std::int64_t narrow_bytes(const Convolve& step) {
  return quads_of(step) / 2 * step.sizes.channels * narrow_step;
}

VERNIER_AVX512 void order_narrow(const Convolve& step, WeightElement element,
                                 const std::byte* panels, std::int8_t* target) {
  const std::int64_t quads = quads_of(step);
  const std::int64_t size = panel_bytes(element, quads);
  for (std::int64_t quad = 0; quad < quads; quad += 2) {
    for (std::int64_t panel = 0; panel < panels_of(step.sizes.channels); ++panel) {
      const std::byte* two = panels + panel * size + panel_bytes(element, quad);
      const __m512i bytes = _mm512_loadu_si512(two);
      const bool half = step.sizes.channels - panel * panel_channels < panel_channels;
      if (element == WeightElement::s4) {
        const NibbleVectors halves = nibble_vectors(bytes);
        target = store_eights(target, halves.low, halves.high, half);
      } else {
        target = store_eights(target, bytes, _mm512_loadu_si512(two + quad_weights), half);
      }
    }
  }
}

AlignedBytes narrow_weights(const Convolve& step, const std::int8_t* weights) {
  if (!is_narrow(step)) return {};
  AlignedBytes ordered(static_cast<std::size_t>(step.groups * narrow_bytes(step)));
  const std::int64_t panels = panels_of(step.sizes.channels);
  for (std::int64_t group = 0; group < step.groups; ++group) {
    const std::int8_t* of_group =
        weights + group * panels * panel_bytes(WeightElement::s8, quads_of(step));
    order_narrow(step, WeightElement::s8, reinterpret_cast<const std::byte*>(of_group),
                 reinterpret_cast<std::int8_t*>(ordered.data()) + group * narrow_bytes(step));
  }
  return ordered;
}

}  // namespace vernier

#endif
