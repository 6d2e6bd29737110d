// Convolution for AVX-512 without VNNI, exact in 8 bits: kernels_groups.h. Eight sums of 16
// channels leave half of the registers free; more pixels would need more pointers than there are.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx2_tiles.h"
#include "vernier/engine/kernels_avx512.h"
#include "vernier/engine/kernels_groups.h"

namespace vernier {
namespace {

using Vector = __m512i;
constexpr std::int64_t vector_bytes = 64;

VERNIER_AVX512_INLINE Vector word_ones() { return _mm512_set1_epi16(1); }
VERNIER_AVX512_INLINE Vector load(const void* data) { return _mm512_loadu_si512(data); }
VERNIER_AVX512_INLINE Vector repeat_quad(const std::uint8_t* x) {
  std::int32_t quad;
  std::memcpy(&quad, x, sizeof(quad));
  return _mm512_set1_epi32(quad);
}
VERNIER_AVX512_INLINE Vector add(Vector a, Vector b) { return _mm512_add_epi32(a, b); }
VERNIER_AVX512_INLINE Vector add_words(Vector a, Vector b) { return _mm512_add_epi16(a, b); }
VERNIER_AVX512_INLINE Vector multiply_bytes(Vector x, Vector w) {
  return _mm512_maddubs_epi16(x, w);
}
VERNIER_AVX512_INLINE Vector multiply_words(Vector x, Vector w) { return _mm512_madd_epi16(x, w); }

// Of sixteen channels of a pixel; of the last one again where there is no such pixel.
template <int Pixels>
VERNIER_AVX512_INLINE __m512i requantized(const PixelTile& tile, const Finish& finish,
                                          const Vector (&sums)[Pixels], int pixel) {
  const EightChannels& channels = tile.targets.channels;
  const int existing = std::min(pixel, Pixels - 1);
  if (finish.addend == nullptr)
    return requantized<false>(finish, sums[existing], channels.packed, 0);
  return requantized<true>(finish, sums[existing], channels.packed,
                           channels.addend + tile.targets.addend[existing]);
}

template <int Pixels>
VERNIER_AVX512_INLINE void finish_plain(const PixelTile& tile, const Vector (&sums)[Pixels]) {
  const Finish finish = finish_of(*tile.pointers);
  const __mmask16 lanes = first_lanes(tile.targets.channels.count);
  std::uint8_t* y = finish.y + tile.targets.channels.y;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; i += 4) {
    const __m512i bytes = packed_bytes<false>(
        finish, requantized(tile, finish, sums, i), requantized(tile, finish, sums, i + 1),
        requantized(tile, finish, sums, i + 2), requantized(tile, finish, sums, i + 3));
    const std::int64_t* at = tile.targets.y + i;
    _mm_mask_storeu_epi8(y + at[0], lanes, _mm512_castsi512_si128(bytes));
    if (i + 1 < Pixels) {
      _mm_mask_storeu_epi8(y + at[1], lanes, _mm512_extracti32x4_epi32(bytes, 1));
    }
    if (i + 2 < Pixels) {
      _mm_mask_storeu_epi8(y + at[2], lanes, _mm512_extracti32x4_epi32(bytes, 2));
    }
    if (i + 3 < Pixels) {
      _mm_mask_storeu_epi8(y + at[3], lanes, _mm512_extracti32x4_epi32(bytes, 3));
    }
  }
}

template <int Pixels>
VERNIER_AVX512_INLINE void finish(const PixelTile& tile, const Vector (&sums)[Pixels]) {
  if (tile.plain != nullptr) return finish_plain(tile, sums);
  __m256i low[Pixels];
  __m256i high[Pixels];
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    low[i] = _mm512_castsi512_si256(sums[i]);
    high[i] = _mm512_extracti64x4_epi64(sums[i], 1);
  }
  finish_apart(tile, 0, low);
  finish_apart(tile, 8, high);
}

#define VERNIER_TILE VERNIER_AVX512
#define VERNIER_TILE_INLINE VERNIER_AVX512_INLINE
#include "vernier/engine/kernels_grouped_tiles.h"

}  // namespace

void convolve_grouped_avx512(const Convolve& step, const ConvolutionPointers& pointers,
                             const ConvolutionPart& part) {
  if (!is_8_bit(pointers) || takes_plan_weights(step)) {
    return convolve_avx2(step, pointers, part);
  }
  if (pointers.prepared == nullptr) return kernels_ref.convolve(step, pointers, part);
  convolve_tiles({16, true, grouped_tiles}, step, pointers, part);
}

}  // namespace vernier

#endif
