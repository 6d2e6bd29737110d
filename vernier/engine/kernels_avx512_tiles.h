#pragma once

// Private to engine/: the tiles of AVX512-VNNI, some pixels by one to four panels of sixteen
// channels, whose sums stay in registers. The pixels of a tile are one distance apart in x: they
// lie in a row, or in several where no border stands between the rows.

#if defined(__x86_64__)

#include <array>

#include "vernier/engine/kernels_avx512.h"

namespace vernier {

inline constexpr std::size_t most_pixels = 14;
/// Beside so many panels and one, for which the registers suffice.
inline constexpr std::array<std::int64_t, 4> most_pixels_beside = {14, 8, 8, 6};

struct Tile;
/// Computes so many tiles side by side.
using TileFunction = void (*)(Tile& tile, std::int64_t tiles);
/// By the number of panels less one and the number of pixels less one.
using TileTable = std::array<std::array<TileFunction, most_pixels>, 4>;

/// Not to be copied where it has just been changed: GCC copies by whole vectors, and a load of what
/// several stores have written waits until they have left the core, with all products before them.
struct Tile {
  const TileTable* functions;
  const Convolve* step;
  const ConvolutionPointers* pointers;
  const Finish* finish;  // null: by finish_sixteen
  const std::uint8_t* x;
  std::int64_t x_step;
  const void* weights;
  std::int64_t panel_size;  // in bytes
  const std::byte* ahead;   // comes into the cache, and what is behind it
  std::int64_t ahead_step;  // with each four neighbours of x
  std::int64_t packed;
  std::int64_t count;         // channels that exist
  std::int64_t channel_step;  // of y
  std::int64_t y;             // of the first pixel
  std::int64_t y_step;
  std::int64_t addend;
  std::int64_t addend_step;
};

/// To the tile that many pixels behind.
inline void advance(Tile& tile, std::int64_t pixels) {
  tile.x += pixels * tile.x_step;
  tile.y += pixels * tile.y_step;
  tile.addend += pixels * tile.addend_step;
}

/// The sums of a tile, finished and stored.
extern const TileTable tile_functions;

/// The same for weights of 4 bits of a step that stays_nibbles().
extern const TileTable nibble_functions;

}  // namespace vernier

#endif
