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

VERNIER_AVX512_INLINE Vector zero() { return _mm512_setzero_si512(); }
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

// ---- The floating arithmetic to bytes, as EightPlain has it, for four pixels at a time.

struct SixteenPlain {
  __m512i bias;
  __m512 multipliers;
  __m512 hi;
  __m512i lo;
  __m512i zero_point;
};

VERNIER_AVX512_INLINE SixteenPlain sixteen_plain_of(const PixelTile& tile) {
  const EpilogueArrays& arrays = tile.pointers->arrays;
  const std::int64_t packed = tile.targets.channels.packed;
  const OutputRange& output = arrays.epilogue->output;
  return {.bias = load(arrays.bias + packed),
          .multipliers = _mm512_loadu_ps(static_cast<const float*>(arrays.multipliers) + packed),
          .hi = _mm512_set1_ps(static_cast<float>(output.clamp.hi - output.zero_point)),
          .lo = _mm512_set1_epi8(static_cast<char>(output.clamp.lo)),
          .zero_point = _mm512_set1_epi16(static_cast<std::int16_t>(output.zero_point))};
}

VERNIER_AVX512_INLINE __m512i rounded(const SixteenPlain& plain, Vector sum) {
  const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(add(sum, plain.bias)), plain.multipliers);
  return _mm512_cvtps_epi32(_mm512_min_ps(value, plain.hi));
}

VERNIER_AVX512_INLINE __m512i stored(const SixteenPlain& plain, Vector a, Vector b, Vector c,
                                     Vector d) {
  const __m512i ab = _mm512_packs_epi32(rounded(plain, a), rounded(plain, b));
  const __m512i cd = _mm512_packs_epi32(rounded(plain, c), rounded(plain, d));
  const __m512i bytes = _mm512_packus_epi16(_mm512_adds_epi16(ab, plain.zero_point),
                                            _mm512_adds_epi16(cd, plain.zero_point));
  return transposed_dwords(_mm512_max_epu8(bytes, plain.lo));
}

template <int Pixels>
VERNIER_AVX512_INLINE void finish_plain(const PixelTile& tile, const Vector (&sums)[Pixels]) {
  const SixteenPlain plain = sixteen_plain_of(tile);
  const __mmask16 lanes = first_lanes(tile.targets.channels.count);
  auto* y = static_cast<std::uint8_t*>(tile.pointers->y) + tile.targets.channels.y;
  constexpr int last = Pixels - 1;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; i += 4) {
    const __m512i bytes = stored(plain, sums[i], sums[std::min(i + 1, last)],
                                 sums[std::min(i + 2, last)], sums[std::min(i + 3, last)]);
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
  if (is_plain(*tile.pointers) && tile.pointers->addend == nullptr) {
    return finish_plain(tile, sums);
  }
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
  if (!is_8_bit(pointers) || pointers.weight_element == WeightElement::s16 || stays_nibbles(step)) {
    return convolve_avx2(step, pointers, part);
  }
  if (pointers.prepared == nullptr) return kernels_ref.convolve(step, pointers, part);
  convolve_tiles({16, true, grouped_tiles}, step, pointers, part);
}

}  // namespace vernier

#endif
