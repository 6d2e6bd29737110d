#pragma once

// Private to engine/: what the tiles of AVX512-VNNI do with their sums.

#if defined(__x86_64__)

#include <algorithm>
#include <span>

#include "vernier/engine/kernels_avx512_tiles.h"

namespace vernier {

// ---- Four vectors of sums become 64 bytes; what share of a pixel they are depends on the tile.

template <bool Addend, int Pixels, int Panels>
VERNIER_AVX512_INLINE __m512i finished(const Tile& tile, __m512i (&sums)[Pixels][Panels], int pixel,
                                       int panel) {
  return requantized<Addend>(*tile.finish, sums[pixel][panel], tile.packed + panel * panel_channels,
                             tile.addend + pixel * tile.addend_step + panel * panel_channels);
}

template <bool Addend, bool Whole, int Pixels>
VERNIER_AVX512_INLINE void store_bytes(const Tile& tile, __mmask64 lanes,
                                       __m512i (&sums)[Pixels][4]) {
  const Finish& finish = *tile.finish;
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) {
    const __m512i bytes = packed_bytes<Whole>(
        finish, finished<Addend>(tile, sums, i, 0), finished<Addend>(tile, sums, i, 1),
        finished<Addend>(tile, sums, i, 2), finished<Addend>(tile, sums, i, 3));
    _mm512_mask_storeu_epi8(finish.y + tile.y + i * tile.y_step, lanes, bytes);
  }
}

template <bool Addend, bool Whole, int Pixels>
VERNIER_AVX512_INLINE void store_bytes(const Tile& tile, __mmask64 lanes,
                                       __m512i (&sums)[Pixels][3]) {
  const Finish& finish = *tile.finish;
  const __m512i none = _mm512_setzero_si512();
  // The third vectors of two pixels are packed together; the second pixel takes the other half.
  const __m512i second = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 3, 7, 11, 15, 2, 6, 10, 14);
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; i += 2) {
    const int next = std::min(i + 1, Pixels - 1);
    const __m512i thirds =
        packed_words<Whole>(finish, finished<Addend>(tile, sums, i, 2),
                            next > i ? finished<Addend>(tile, sums, next, 2) : none);
    const __m512i firsts = packed_words<Whole>(finish, finished<Addend>(tile, sums, i, 0),
                                               finished<Addend>(tile, sums, i, 1));
    const __m512i bytes = transposed_dwords(_mm512_packus_epi16(firsts, thirds));
    std::uint8_t* y = finish.y + tile.y + i * tile.y_step;
    _mm512_mask_storeu_epi8(y, lanes, clamped<Whole>(finish, bytes));
    if (next == i) break;
    const __m512i others = packed_words<Whole>(finish, finished<Addend>(tile, sums, next, 0),
                                               finished<Addend>(tile, sums, next, 1));
    const __m512i behind = _mm512_permutexvar_epi32(second, _mm512_packus_epi16(others, thirds));
    _mm512_mask_storeu_epi8(y + tile.y_step, lanes, clamped<Whole>(finish, behind));
  }
}

template <bool Addend, bool Whole, int Pixels>
VERNIER_AVX512_INLINE void store_bytes(const Tile& tile, __mmask64 lanes,
                                       __m512i (&sums)[Pixels][2]) {
  const Finish& finish = *tile.finish;
  const __m512i none = _mm512_setzero_si512();
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; i += 2) {
    const bool pair = i + 1 < Pixels;
    const __m512i bytes = packed_bytes<Whole>(
        finish, finished<Addend>(tile, sums, i, 0), finished<Addend>(tile, sums, i, 1),
        pair ? finished<Addend>(tile, sums, pair ? i + 1 : i, 0) : none,
        pair ? finished<Addend>(tile, sums, pair ? i + 1 : i, 1) : none);
    const auto half = static_cast<__mmask32>(lanes);
    _mm256_mask_storeu_epi8(finish.y + tile.y + i * tile.y_step, half,
                            _mm512_castsi512_si256(bytes));
    if (!pair) break;
    _mm256_mask_storeu_epi8(finish.y + tile.y + (i + 1) * tile.y_step, half,
                            _mm512_extracti64x4_epi64(bytes, 1));
  }
}

template <bool Addend, bool Whole, int Pixels>
VERNIER_AVX512_INLINE void store_bytes(const Tile& tile, __mmask64 lanes,
                                       __m512i (&sums)[Pixels][1]) {
  const Finish& finish = *tile.finish;
  const __m512i none = _mm512_setzero_si512();
#pragma GCC unroll 4
  for (int i = 0; i < Pixels; i += 4) {
    const __m512i b =
        i + 1 < Pixels ? finished<Addend>(tile, sums, std::min(i + 1, Pixels - 1), 0) : none;
    const __m512i c =
        i + 2 < Pixels ? finished<Addend>(tile, sums, std::min(i + 2, Pixels - 1), 0) : none;
    const __m512i d =
        i + 3 < Pixels ? finished<Addend>(tile, sums, std::min(i + 3, Pixels - 1), 0) : none;
    const __m512i bytes = packed_bytes<Whole>(finish, finished<Addend>(tile, sums, i, 0), b, c, d);
    const auto quarter = static_cast<__mmask16>(lanes);
    std::uint8_t* y = finish.y + tile.y + i * tile.y_step;
    _mm_mask_storeu_epi8(y, quarter, _mm512_castsi512_si128(bytes));
    if (i + 1 < Pixels) {
      _mm_mask_storeu_epi8(y + 1 * tile.y_step, quarter, _mm512_extracti32x4_epi32(bytes, 1));
    }
    if (i + 2 < Pixels) {
      _mm_mask_storeu_epi8(y + 2 * tile.y_step, quarter, _mm512_extracti32x4_epi32(bytes, 2));
    }
    if (i + 3 < Pixels) {
      _mm_mask_storeu_epi8(y + 3 * tile.y_step, quarter, _mm512_extracti32x4_epi32(bytes, 3));
    }
  }
}

template <bool Addend, bool Whole, int Pixels, int Panels>
VERNIER_AVX512_INLINE void store_pixels(const Tile& stored, __m512i (&sums)[Pixels][Panels]) {
  // Copies: behind each store of bytes what is in memory would be loaded again.
  const Finish finish = copy_of(*stored.finish);
  const Tile tile{.finish = &finish,
                  .packed = stored.packed,
                  .count = stored.count,
                  .y = stored.y,
                  .y_step = stored.y_step,
                  .addend = stored.addend,
                  .addend_step = stored.addend_step};
  const auto lanes = static_cast<__mmask64>(~0ULL >> static_cast<unsigned>(64 - tile.count));
  store_bytes<Addend, Whole>(tile, lanes, sums);
}

template <bool Whole, int Pixels, int Panels>
VERNIER_AVX512_INLINE void finish_pixels(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  if (tile.pointers->addend != nullptr) {
    store_pixels<true, Whole>(tile, sums);
  } else {
    store_pixels<false, Whole>(tile, sums);
  }
}

// Sums of so many panels of each pixel, one vector at a time.
[[gnu::noinline]] inline void finish_by_vectors(const Tile& tile,
                                                std::span<const std::int32_t> sums,
                                                std::int64_t panels) {
  const auto vectors = static_cast<std::int64_t>(sums.size()) / panel_channels;
  for (std::int64_t i = 0; i < vectors; ++i) {
    const std::int64_t channel = i % panels * panel_channels;
    if (channel >= tile.count) continue;
    const std::int64_t pixel = i / panels;
    finish_sixteen(*tile.pointers,
                   {.y = tile.y + pixel * tile.y_step + channel * tile.channel_step,
                    .addend = tile.addend + pixel * tile.addend_step + channel,
                    .packed = tile.packed + channel,
                    .count = std::min(tile.count - channel, panel_channels),
                    .channel_step = tile.channel_step},
                   sums.data() + i * panel_channels);
  }
}

// So many pixels as fill a store, by sums in memory.
template <int Pixels, int Panels>
[[gnu::noinline]] VERNIER_AVX512 void finish_stored(const Tile& tile, const std::int32_t* stored) {
  __m512i sums[Pixels][Panels];
#pragma GCC unroll 4
  for (int i = 0; i < Pixels; ++i) {
#pragma GCC unroll 4
    for (int panel = 0; panel < Panels; ++panel)
      sums[i][panel] = _mm512_load_si512(stored + (i * Panels + panel) * panel_channels);
  }
  finish_pixels<false>(tile, sums);
}

// All pixels of a tile: what tiles of so many panels share.
template <int Panels>
[[gnu::noinline]] void finish_apart(const Tile& whole, std::span<const std::int32_t> stored) {
  if (whole.finish == nullptr) return finish_by_vectors(whole, stored, Panels);
  Tile tile = whole;
  constexpr int group = Panels >= 3 ? 1 : 4 / Panels;
  constexpr std::int64_t pixel = panel_channels * Panels;
  const std::int32_t* next = stored.data();
  std::int64_t left = std::ssize(stored) / pixel;
  for (; left >= group; left -= group, next += group * pixel) {
    finish_stored<group, Panels>(tile, next);
    tile.y += group * tile.y_step;
    tile.addend += group * tile.addend_step;
  }
  if (group > 1 && left == 1) finish_stored<1, Panels>(tile, next);
  if (group > 2 && left == 2) finish_stored<2, Panels>(tile, next);
  if (group > 2 && left == 3) finish_stored<3, Panels>(tile, next);
}

template <int Pixels, int Panels>
VERNIER_AVX512_INLINE void finish_apart(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  alignas(64) std::array<std::int32_t, panel_channels * Pixels * Panels> stored;
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) {
#pragma GCC unroll 4
    for (int panel = 0; panel < Panels; ++panel)
      _mm512_store_si512(stored.data() + (i * Panels + panel) * panel_channels, sums[i][panel]);
  }
  finish_apart<Panels>(tile, stored);
}

template <int Pixels, int Panels>
VERNIER_AVX512_INLINE void finish(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  // What is read from here on is not read before the products, where it would take registers.
  asm volatile("" ::: "memory");
  if (tile.finish == nullptr) {
    finish_apart(tile, sums);
  } else if (is_whole(*tile.finish)) {
    finish_pixels<true>(tile, sums);
  } else {
    finish_pixels<false>(tile, sums);
  }
}

}  // namespace vernier

#endif
