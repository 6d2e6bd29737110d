#pragma once

// Private to engine/: how a part of a convolution is cut into tiles of some pixels by eight or
// sixteen channels, and what the kernels with vectors of 256 bits have in common.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <span>

#include "vernier/engine/kernels_avx2_finish.h"

namespace vernier {

// Four neighbours of x, eight times over.
VERNIER_AVX2_INLINE __m256i broadcast_quad(const std::uint8_t* x) {
  std::int32_t quad;
  std::memcpy(&quad, x, sizeof(quad));
  return _mm256_set1_epi32(quad);
}

/// 32 bytes of weights of 4 bits, as s8: the low halves and the high ones.
struct NibbleHalves {
  __m256i low;
  __m256i high;
};

VERNIER_AVX2_INLINE NibbleHalves nibble_halves(const void* nibbles) {
  const __m256i mask = _mm256_set1_epi8(15);
  const __m256i signs = _mm256_broadcastsi128_si256(
      _mm_setr_epi8(0, 1, 2, 3, 4, 5, 6, 7, -8, -7, -6, -5, -4, -3, -2, -1));
  const __m256i bytes = load256(nibbles);
  return {_mm256_shuffle_epi8(signs, _mm256_and_si256(bytes, mask)),
          _mm256_shuffle_epi8(signs, _mm256_and_si256(_mm256_srli_epi16(bytes, 4), mask))};
}

inline constexpr std::size_t most_tile_pixels = 8;

/// The channels of a tile begin at `weights`, in a panel of 16, or are a GroupedPanel; `targets`
/// has the number of them all.
struct PixelTile {
  const Convolve* step;
  const ConvolutionPointers* pointers;
  const void* weights;
  const std::int32_t* bias;      // what sums begin with
  const std::uint8_t* const* x;  // of each pixel
  const std::byte* ahead;        // comes into the cache, and what is behind it
  std::int64_t ahead_step;       // with each quad
  const EightPlain* plain;       // of each eight channels; null: finish_apart
  PixelTargets targets;
};

/// What sums of channels `first` to `first` + 7 begin with.
VERNIER_AVX2_INLINE __m256i bias_of(const PixelTile& tile, int first = 0) {
  return load256(tile.bias + first);
}

/// Channels `first` to `first` + 7 of the tile, as far as they exist.
inline PixelTargets targets_from(const PixelTile& tile, std::int64_t first) {
  PixelTargets targets = tile.targets;
  targets.channels.y += first * targets.channels.channel_step;
  targets.channels.addend += first;
  targets.channels.packed += first;
  targets.channels.count = std::min<std::int64_t>(targets.channels.count - first, 8);
  return targets;
}

/// Their sums, whatever is to become of them.
template <int Pixels>
VERNIER_AVX2_INLINE void finish_apart(const PixelTile& tile, std::int64_t first,
                                      const __m256i (&sums)[Pixels]) {
  const PixelTargets targets = targets_from(tile, first);
  if (targets.channels.count <= 0) return;
  std::array<std::int32_t, 8 * Pixels> stored;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(stored.data() + 8 * i), sums[i]);
  }
  finish_eights(*tile.pointers, targets, products_of(*tile.step), stored);
}

// Of eight channels of a pixel, what is to be rounded; `addend` is null, or theirs.
VERNIER_AVX2_INLINE __m256 value_of(const EightPlain& plain, __m256i sum,
                                    const std::uint8_t* addend) {
  const __m256 value = scaled_sum(plain, sum);
  return addend == nullptr ? value : with_addend(plain, value, addend);
}

// Those of a tile, at its first channel; null if there is none.
inline const std::uint8_t* addend_of(const PixelTile& tile, int pixel, std::int64_t channel) {
  const auto* addend = static_cast<const std::uint8_t*>(tile.pointers->addend);
  if (addend == nullptr) return nullptr;
  return addend + channel + tile.targets.channels.addend + tile.targets.addend[pixel];
}

/// Sums of eight channels.
template <int Pixels>
VERNIER_AVX2_INLINE void finish_pixels(const PixelTile& tile, const __m256i (&sums)[Pixels]) {
  if (tile.plain == nullptr || tile.targets.channels.count < 8) return finish_apart(tile, 0, sums);
  const EightPlain plain = *tile.plain;
  auto* y = static_cast<std::uint8_t*>(tile.pointers->y) + tile.targets.channels.y;
  constexpr int last = Pixels - 1;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; i += 4) {
    __m256 values[4];
#pragma GCC unroll 4
    for (int k = 0; k < 4; ++k) {
      const int pixel = std::min(i + k, last);
      values[k] = value_of(plain, sums[pixel], addend_of(tile, pixel, 0));
    }
    store_pixels(y, tile.targets.y + i, std::min(Pixels - i, 4), rounded(plain, values));
  }
}

using TileFunction = void (*)(const PixelTile&);

/// Sixteen channels: the sums of the first eight, and of the others.
template <int Pixels>
VERNIER_AVX2_INLINE void finish_sixteens(const PixelTile& tile, const __m256i (&low)[Pixels],
                                         const __m256i (&high)[Pixels]) {
  if (tile.plain == nullptr || tile.targets.channels.count < 16) {
    finish_apart(tile, 0, low);
    finish_apart(tile, 8, high);
    return;
  }
  const EightPlain& first = tile.plain[0];
  const EightPlain& second = tile.plain[1];
  auto* y = static_cast<std::uint8_t*>(tile.pointers->y) + tile.targets.channels.y;
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; i += 2) {
    const int next = std::min(i + 1, Pixels - 1);
    const __m256 values[4] = {value_of(first, low[i], addend_of(tile, i, 0)),
                              value_of(second, high[i], addend_of(tile, i, 8)),
                              value_of(first, low[next], addend_of(tile, next, 0)),
                              value_of(second, high[next], addend_of(tile, next, 8))};
    const __m256i bytes = rounded(first, values);
    const auto store = [&](int pixel, __m128i sixteen) {
      std::memcpy(y + tile.targets.y[pixel], &sixteen, sizeof(sixteen));
    };
    store(i, _mm256_castsi256_si128(bytes));
    if (next > i) store(next, _mm256_extracti128_si256(bytes, 1));
  }
}

/// Whether tiles read the weights that are in the plan.
inline bool takes_plan_weights(const Convolve& step) {
  return step.weight_element == WeightElement::s16 || stays_nibbles(step) ||
         (step.weight_element == WeightElement::s8 && waits_for_weights(step));
}

struct PixelTileKind {
  std::int64_t channels;                    // 8 or 16
  bool grouped;                             // a tile begins with a GroupedPanel; else with weights
  std::span<const TileFunction> by_pixels;  // number i computes i + 1 of them
  int parts = 1;                            // GroupedPanels of a tile
};

/// The channels of a tile, from `channel` of the group on.
struct Strip {
  std::int64_t group;
  std::int64_t channel;
};

/// What all tiles of a strip have in common; it points to `plain`.
PixelTile tile_of(const PixelTileKind& kind, const Convolve& step,
                  const ConvolutionPointers& pointers, const Strip& strip,
                  std::array<EightPlain, 2>& plain);

/// The tiles of a part.
void convolve_tiles(const PixelTileKind& kind, const Convolve& step,
                    const ConvolutionPointers& pointers, const ConvolutionPart& part);

/// Of a GroupedPanel with groups of any size, and whether what was prepared has such.
extern const std::array<TileFunction, 6> acc16_tiles;
bool has_acc16(const std::byte* prepared);

/// The same of pairs of pixels: kernels_winograd.h. Tiles of seven and of eight of them give the
/// sums of a part, [pair][8 channels]; `start` has what they begin with.
using SumFunction = void (*)(const PixelTile& tile, const std::int32_t* start, std::int32_t* sums);
extern const std::array<SumFunction, 2> winograd_tiles;
bool has_winograd(const std::byte* prepared);
void convolve_winograd(const Convolve& step, const ConvolutionPointers& pointers,
                       const ConvolutionPart& part);

}  // namespace vernier

#endif
