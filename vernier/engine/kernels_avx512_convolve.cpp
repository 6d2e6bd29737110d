// Convolution on AVX-512, by any of the products of kernels_avx512_products.h.
//
// A tile is some pixels by one to four panels of sixteen channels; its sums stay in registers. For
// each four neighbours of x the weights of the panels are loaded once and the four bytes of every
// pixel broadcast. The pixels of a tile are one distance apart in x: they lie in a row, or in
// several where no border stands between the rows.
//
// Weights of 4 bits become bytes in a scratch, once for all pixels of a block, and the tiles are
// those of bytes; but the first one, which fills the scratch as it goes, where there is one for its
// size. A few pixels are a tile by themselves, which waits for its weights: it has them in
// registers.
//
// Compiled with -fno-tree-pre (CMakeLists.txt): with it GCC 12 keeps the sums in memory.

#if defined(__x86_64__)

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "vernier/engine/kernels_avx512_products.h"

namespace vernier {
namespace {

constexpr std::size_t most_pixels = 14;
constexpr std::int64_t least_block = 24 << 10;  // bytes of x and y
constexpr std::int64_t most_block = 512 << 10;
// Where a tile expands weights, doing it again costs little.
template <typename Products>
constexpr std::int64_t most_expanding_block = (Products::expands ? 96 : 192) << 10;
constexpr std::int64_t most_near_bytes = 40 << 10;
constexpr std::int64_t nibbles_ahead = 1 << 10;  // bytes, so that they are there in time

// How many parts of at most `size` there are.
std::int64_t parts_of(std::int64_t count, std::int64_t size) { return (count + size - 1) / size; }

struct Tile;
using TileFunction = void (*)(const Tile&);
using AheadTileFunction = void (*)(const Tile&, std::int64_t ahead);
using ExpandingTileFunction = void (*)(const Tile&, const std::byte* nibbles);
// By the number of panels less one and the number of pixels less one.
using TileTable = std::array<std::array<TileFunction, most_pixels>, 4>;

// With some fields more GCC 12 copies it as a whole for every row, and reads what it just wrote in
// other pieces: up to 3 % of a network.
struct Tile {
  const TileTable* functions;
  const Convolve* step;
  const ConvolutionPointers* pointers;
  const Finish* finish;  // null: by finish_sixteen
  const std::uint8_t* x;
  std::int64_t x_step;
  const void* weights;
  std::int64_t panel_size;  // in bytes
  std::int64_t packed;
  std::int64_t count;         // channels that exist
  std::int64_t channel_step;  // of y
  std::int64_t y;             // of the first pixel
  std::int64_t y_step;
  std::int64_t addend;
  std::int64_t addend_step;
};

VERNIER_AVX512_INLINE __m512i broadcast_quad(const std::uint8_t* x) {
  std::int32_t quad;
  std::memcpy(&quad, x, sizeof(quad));
  return _mm512_set1_epi32(quad);
}

template <int Pixels, int Panels>
VERNIER_AVX512_INLINE void take_bias(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
#pragma GCC unroll 4
  for (int panel = 0; panel < Panels; ++panel) {
    const __m512i bias =
        _mm512_loadu_si512(tile.pointers->arrays.bias + tile.packed + panel * panel_channels);
#pragma GCC unroll 16
    for (int i = 0; i < Pixels; ++i) sums[i][panel] = bias;
  }
}

// Adds the products of four neighbours of x of every pixel.
template <typename Products, int Pixels, int Panels>
VERNIER_AVX512_INLINE void add_quad(const std::uint8_t* x, std::int64_t x_step,
                                    const typename Products::Weights (&w)[Panels],
                                    __m512i (&sums)[Pixels][Panels]) {
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) {
    const typename Products::Operand four = Products::operand(broadcast_quad(x + i * x_step));
#pragma GCC unroll 4
    for (int panel = 0; panel < Panels; ++panel) {
      sums[i][panel] = Products::add(sums[i][panel], four, w[panel]);
    }
  }
}

// With `Ahead`, what is `ahead` bytes behind each quad of the first panel comes into the cache.
template <typename Products, bool Ahead = false, int Pixels, int Panels>
VERNIER_AVX512_INLINE void accumulate(const Tile& tile, __m512i (&sums)[Pixels][Panels],
                                      std::int64_t ahead = 0) {
  take_bias(tile, sums);
  const auto* weights = static_cast<const std::int8_t*>(tile.weights);
  const std::int64_t quads = (tile.step->run_length + 3) / 4;
  const std::int64_t x_step = tile.x_step;
  const std::int64_t panel_size = tile.panel_size;
  for (const std::int64_t run : tile.step->runs) {
    const std::uint8_t* x = tile.x + run;
    for (std::int64_t quad = 0; quad < quads; ++quad) {
      typename Products::Weights w[Panels];
#pragma GCC unroll 4
      for (int panel = 0; panel < Panels; ++panel) {
        w[panel] = Products::weights(_mm512_loadu_si512(weights + panel * panel_size));
      }
      add_quad<Products>(x, x_step, w, sums);
      if constexpr (Ahead) _mm_prefetch(weights + ahead, _MM_HINT_T1);
      x += 4;
      weights += quad_weights;
    }
  }
}

// The same for weights of 4 bits and one run. Quads of even and of odd number have sums of their
// own, so that an addition need not wait for the one before it.
template <typename Products, int Pixels, int Panels>
VERNIER_AVX512_INLINE void accumulate_nibbles(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  __m512i odd_sums[Pixels][Panels];
#pragma GCC unroll 4
  for (int panel = 0; panel < Panels; ++panel) {
#pragma GCC unroll 4
    for (int i = 0; i < Pixels; ++i) sums[i][panel] = odd_sums[i][panel] = _mm512_setzero_si512();
  }
  const auto* nibbles = static_cast<const std::byte*>(tile.weights);
  const std::uint8_t* x = tile.x + tile.step->runs[0];
  const std::int64_t length = tile.step->run_length;
  const std::int64_t x_step = tile.x_step;
  const std::int64_t panel_size = tile.panel_size;
  for (std::int64_t k = 0; k < length; k += 8) {
#pragma GCC unroll 4
    for (int panel = 0; panel < Panels; ++panel) {
      const NibbleVectors two = Products::nibbles(_mm512_loadu_si512(nibbles + panel * panel_size));
#pragma GCC unroll 4
      for (int i = 0; i < Pixels; ++i) {
        const std::uint8_t* eight = x + i * x_step + k;
        sums[i][panel] = Products::add(sums[i][panel], broadcast_quad(eight), two.low);
        odd_sums[i][panel] = Products::add(odd_sums[i][panel], broadcast_quad(eight + 4), two.high);
      }
    }
    nibbles += quad_weights;
  }
#pragma GCC unroll 4
  for (int panel = 0; panel < Panels; ++panel) {
    const __m512i bias =
        _mm512_loadu_si512(tile.pointers->arrays.bias + tile.packed + panel * panel_channels);
#pragma GCC unroll 4
    for (int i = 0; i < Pixels; ++i) {
      const __m512i sum = _mm512_add_epi32(sums[i][panel], odd_sums[i][panel]);
      sums[i][panel] = _mm512_add_epi32(_mm512_srai_epi32(sum, Products::nibble_shift), bias);
    }
  }
}

// One quad of every panel, expanded and stored, from the first and the third of them on: with two
// pointers the distances fit in the registers.
template <typename Products, bool Odd, int Panels>
VERNIER_AVX512_INLINE void expand_quad(const std::byte* const (&nibbles)[2],
                                       std::int8_t* const (&weights)[2],
                                       std::int64_t nibble_panel_size, __m512i (&w)[Panels]) {
#pragma GCC unroll 4
  for (int panel = 0; panel < Panels; ++panel) {
    const std::int64_t distance = panel % 2 * nibble_panel_size;
    const std::byte* two = nibbles[panel / 2] + distance;
    if (!Odd) _mm_prefetch(two + nibbles_ahead, _MM_HINT_T0);
    w[panel] = Products::template expanded<Odd>(_mm512_loadu_si512(two));
    _mm512_storeu_si512(weights[panel / 2] + 2 * distance + (Odd ? quad_weights : 0), w[panel]);
  }
}

// The same as `accumulate` for weights of 4 bits, which become bytes on the way, in places that the
// products leave free, and fill the scratch that the tile's weights are.
template <typename Products, int Pixels, int Panels>
VERNIER_AVX512_INLINE void accumulate_expanding(const Tile& tile, const std::byte* first_nibbles,
                                                __m512i (&sums)[Pixels][Panels]) {
  take_bias(tile, sums);
  const std::int64_t size = tile.panel_size / 2;
  const std::byte* nibbles[] = {first_nibbles, first_nibbles + 2 * size};
  auto* scratch = const_cast<std::int8_t*>(static_cast<const std::int8_t*>(tile.weights));
  std::int8_t* weights[] = {scratch, scratch + 4 * size};
  const std::int64_t length = tile.step->run_length;
  const std::int64_t x_step = tile.x_step;
  for (const std::int64_t run : tile.step->runs) {
    const std::uint8_t* x = tile.x + run;
    for (const std::uint8_t* end = x + length; x < end; x += 8) {
      __m512i w[Panels];
      expand_quad<Products, false>(nibbles, weights, size, w);
      add_quad<Products>(x, x_step, w, sums);
      expand_quad<Products, true>(nibbles, weights, size, w);
      add_quad<Products>(x + 4, x_step, w, sums);
      for (const std::byte*& each : nibbles) each += quad_weights;
      for (std::int8_t*& each : weights) each += 2 * quad_weights;
    }
  }
}

// ---- Four vectors of sums become 64 bytes; what share of a pixel they are depends on the tile.

template <bool Addend, int Pixels, int Panels>
VERNIER_AVX512_INLINE __m512i finished(const Tile& tile, __m512i (&sums)[Pixels][Panels], int pixel,
                                       int panel) {
  return requantized<Addend>(*tile.finish, sums[pixel][panel], tile.packed + panel * panel_channels,
                             tile.addend + pixel * tile.addend_step + panel * panel_channels);
}

template <bool Addend, int Pixels, int Panels>
VERNIER_AVX512_INLINE void store_pixels(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  const __m512i none = _mm512_setzero_si512();
  const Finish& finish = *tile.finish;
  const auto lanes = static_cast<__mmask64>(~0ULL >> static_cast<unsigned>(64 - tile.count));
  if constexpr (Panels >= 3) {
#pragma GCC unroll 16
    for (int i = 0; i < Pixels; ++i) {
      const __m512i last = Panels == 4 ? finished<Addend>(tile, sums, i, Panels - 1) : none;
      const __m512i bytes = packed_bytes(finish, finished<Addend>(tile, sums, i, 0),
                                         finished<Addend>(tile, sums, i, 1),
                                         finished<Addend>(tile, sums, i, 2), last);
      _mm512_mask_storeu_epi8(finish.y + tile.y + i * tile.y_step, lanes, bytes);
    }
  } else if constexpr (Panels == 2) {
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; i += 2) {
      const bool pair = i + 1 < Pixels;
      const __m512i bytes = packed_bytes(
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
  } else {
#pragma GCC unroll 4
    for (int i = 0; i < Pixels; i += 4) {
      const __m512i b =
          i + 1 < Pixels ? finished<Addend>(tile, sums, std::min(i + 1, Pixels - 1), 0) : none;
      const __m512i c =
          i + 2 < Pixels ? finished<Addend>(tile, sums, std::min(i + 2, Pixels - 1), 0) : none;
      const __m512i d =
          i + 3 < Pixels ? finished<Addend>(tile, sums, std::min(i + 3, Pixels - 1), 0) : none;
      const __m512i bytes = packed_bytes(finish, finished<Addend>(tile, sums, i, 0), b, c, d);
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
}

// Sums of so many panels of each pixel, one vector at a time.
[[gnu::noinline]] void finish_by_vectors(const Tile& tile, std::span<const std::int32_t> sums,
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
  if (tile.pointers->addend != nullptr) {
    store_pixels<true>(tile, sums);
  } else {
    store_pixels<false>(tile, sums);
  }
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

template <typename Products, int Pixels, int Panels>
VERNIER_AVX512_INLINE void finish(const Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  if (!Products::finishes_inside || tile.finish == nullptr) {
    finish_apart(tile, sums);
  } else if (tile.pointers->addend != nullptr) {
    store_pixels<true>(tile, sums);
  } else {
    store_pixels<false>(tile, sums);
  }
}

template <typename Products, int Pixels, int Panels>
VERNIER_AVX512 void convolve_tile(const Tile& tile) {
  __m512i sums[Pixels][Panels];
  accumulate<Products>(tile, sums);
  finish<Products>(tile, sums);
}

template <typename Products, int Pixels, int Panels>
VERNIER_AVX512 void convolve_tile_ahead(const Tile& tile, std::int64_t ahead) {
  __m512i sums[Pixels][Panels];
  accumulate<Products, true>(tile, sums, ahead);
  finish<Products>(tile, sums);
}

template <typename Products, int Pixels, int Panels>
VERNIER_AVX512 void convolve_expanding_tile(const Tile& tile, const std::byte* nibbles) {
  __m512i sums[Pixels][Panels];
  accumulate_expanding<Products>(tile, nibbles, sums);
  finish<Products>(tile, sums);
}

template <typename Products, int Pixels, int Panels>
VERNIER_AVX512 void convolve_nibble_tile(const Tile& tile) {
  __m512i sums[Pixels][Panels];
  accumulate_nibbles<Products>(tile, sums);
  finish_apart(tile, sums);
}

// ---- What tiles there are, and how a part is cut into them.

template <typename Products, int Panels, int... Pixels>
constexpr std::array<TileFunction, most_pixels> tiles_of(std::integer_sequence<int, Pixels...>) {
  return {convolve_tile<Products, Pixels + 1, Panels>...};
}

template <typename Products, int Panels>
constexpr std::array<TileFunction, most_pixels> tiles_of() {
  return tiles_of<Products, Panels>(
      std::make_integer_sequence<int, Products::most_pixels[Panels - 1]>());
}

template <typename Products>
constexpr TileTable tile_functions = {tiles_of<Products, 1>(), tiles_of<Products, 2>(),
                                      tiles_of<Products, 3>(), tiles_of<Products, 4>()};

constexpr std::int64_t most_nibble_pixels = 2;
template <typename Products, int Panels>
constexpr std::array<TileFunction, most_pixels> nibble_tiles = {
    convolve_nibble_tile<Products, 1, Panels>, convolve_nibble_tile<Products, 2, Panels>};
template <typename Products>
constexpr TileTable nibble_functions = {nibble_tiles<Products, 1>, nibble_tiles<Products, 2>,
                                        nibble_tiles<Products, 3>, nibble_tiles<Products, 4>};

// Tiles that expand weights, and how many pixels they have, by the number of panels less one. A
// single panel has too few products for that.
constexpr std::array<std::int64_t, 4> expanding_pixels = {0, 7, 7, 6};
template <typename Products>
constexpr std::array<ExpandingTileFunction, 4> expanding_tiles = {
    nullptr, convolve_expanding_tile<Products, 7, 2>, convolve_expanding_tile<Products, 7, 3>,
    convolve_expanding_tile<Products, 6, 4>};

// The same for those that fetch the panels that come next.
constexpr std::array<std::int64_t, 4> ahead_pixels = {0, 0, 7, 6};
template <typename Products>
constexpr std::array<AheadTileFunction, 4> ahead_tiles = {
    nullptr, nullptr, convolve_tile_ahead<Products, 7, 3>, convolve_tile_ahead<Products, 6, 4>};

// Panels of one group, in rows of `columns` pixels.
struct Block {
  std::int64_t group;
  std::int64_t first_row;
  std::int64_t end_row;
  std::int64_t columns;
  bool first;  // of the group
  bool last;
  std::int8_t* scratch;
};

// Panels of a tile: four cost the fewest broadcasts, but only six pixels fit beside them.
// For weights that are expanded for one block only, so many that they stay in the nearest cache
// until they have been used.
std::int64_t most_panels(const Tile& tile, const Block& block) {
  const std::int64_t panel = panel_bytes(WeightElement::s8, quads_of(*tile.step));
  const bool once = tile.pointers->weight_element == WeightElement::s4 && block.first && block.last;
  if (once && 4 * panel > most_near_bytes && 2 * panel <= most_near_bytes) return 2;
  return block.columns == 7 || block.columns == 8 ? 3 : 4;
}

// Rows that follow each other like their pixels count as one.
bool rows_are_joined(const Convolve& step) {
  const std::int64_t columns = step.sizes.columns;
  const Image addend = step.addend.value_or(Image{});
  return step.x.row == columns * step.x.column && step.y.row == columns * step.y.column &&
         addend.row == columns * addend.column;
}

void advance(Tile& tile, std::int64_t pixels) {
  tile.x += pixels * tile.x_step;
  tile.y += pixels * tile.y_step;
  tile.addend += pixels * tile.addend_step;
}

// The panels behind those of a block: each of its first tiles fetches one, so that they are near
// when their turn comes; the tile that reads weights first would wait for the shared cache.
struct NextPanels {
  std::int64_t distance = 0;
  std::int64_t left = 0;
};

// Not where weights are near in any case, or tiles too few.
template <typename Products>
NextPanels next_panels(const Tile& tile, const Block& block, std::int64_t panels) {
  const std::int64_t bytes = panels * tile.panel_size;
  const std::int64_t pixels = ahead_pixels[static_cast<std::size_t>(panels - 1)];
  const bool far = Products::waits_for_weights && pixels > 0 && bytes > most_near_bytes &&
                   tile.pointers->weight_element == WeightElement::s8 &&
                   (block.end_row - block.first_row) * block.columns > panels * pixels;
  return far ? NextPanels{bytes, panels} : NextPanels{};
}

template <typename Products>
bool convolve_ahead(const Tile& tile, std::size_t kind, std::int64_t pixels, NextPanels& next) {
  if constexpr (Products::waits_for_weights) {
    if (next.left == 0 || pixels != ahead_pixels[kind]) return false;
    ahead_tiles<Products>[kind](tile, next.distance);
    next.distance += tile.panel_size;
    --next.left;
    return true;
  }
  return false;
}

// Gives how many pixels are done. Apart from what is called for bytes as well, which it would slow.
template <typename Products>
[[gnu::noinline]] std::int64_t convolve_expanding(Tile& tile, std::size_t kind,
                                                  const std::byte* nibbles) {
  expanding_tiles<Products>[kind](tile, nibbles);
  advance(tile, expanding_pixels[kind]);
  return expanding_pixels[kind];
}

// Some panels for `count` pixels side by side; the tile points at the first of them. Tiles are as
// even as possible, so that none is left with a single pixel; but the one that expands
// nibbles, where there are any.
template <typename Products>
void convolve_pixels(Tile tile, std::int64_t panels, std::int64_t count, const std::byte* nibbles,
                     NextPanels& next) {
  const auto kind = static_cast<std::size_t>(panels - 1);
  if constexpr (Products::expands) {
    if (nibbles != nullptr) count -= convolve_expanding<Products>(tile, kind, nibbles);
  }
  for (std::int64_t left = parts_of(count, Products::most_pixels[kind]); left > 0; --left) {
    const std::int64_t pixels = parts_of(count, left);
    if (!convolve_ahead<Products>(tile, kind, pixels, next)) {
      (*tile.functions)[kind][static_cast<std::size_t>(pixels - 1)](tile);
    }
    advance(tile, pixels);
    count -= pixels;
  }
}

// Whether a block is one tile of weights of 4 bits, whose sums stay in 32 bits when they are
// sixteen times too large: 255 * 8 * 16 * 2^16 < 2^31.
bool stay_nibbles(const Convolve& step, const Block& block) {
  return block.end_row - block.first_row == 1 && block.columns <= most_nibble_pixels &&
         step.runs.size() == 1 && step.run_length <= std::int64_t{1} << 16;
}

// Whether there is a tile that expands the weights, and takes the place of another one. Two quads
// that share bytes have to be of one run.
template <typename Products>
[[gnu::noinline]] bool expanded_by_tile(const Convolve& step, std::int64_t columns,
                                        std::int64_t panels) {
  if (!Products::expands || __builtin_cpu_supports("gfni") == 0) return false;
  const auto kind = static_cast<std::size_t>(panels - 1);
  const std::int64_t pixels = expanding_pixels[kind];
  const std::int64_t most = Products::most_pixels[kind];
  return pixels > 0 && pixels <= columns &&
         parts_of(columns - pixels, most) < parts_of(columns, most) &&
         (step.runs.size() == 1 || parts_of(step.run_length, 4) % 2 == 0);
}

// Points the tile at the weights of `panels` panels from `panel` of the group on. Gives those that
// the first tile has to expand; null: none.
template <typename Products>
const std::byte* take_weights(Tile& tile, const Block& block, std::int64_t panel,
                              std::int64_t panels) {
  const WeightElement element = tile.pointers->weight_element;
  const std::int64_t quads = quads_of(*tile.step);
  tile.panel_size = panel_bytes(element, quads);
  const auto* weights = static_cast<const std::byte*>(tile.pointers->weights) +
                        tile.packed / panel_channels * tile.panel_size;
  tile.weights = weights;
  if (element != WeightElement::s4) return nullptr;
  if constexpr (requires { Products::nibble_shift; }) {
    if (stay_nibbles(*tile.step, block)) {
      tile.functions = &nibble_functions<Products>;
      return nullptr;
    }
  }
  const std::int64_t nibble_bytes = tile.panel_size;
  tile.panel_size = 2 * nibble_bytes;
  const bool keep = !(block.first && block.last) &&
                    expanded_panels(*tile.step) == panels_of(tile.step->sizes.channels);
  std::int8_t* expanded = block.scratch + (keep ? panel * tile.panel_size : 0);
  tile.weights = expanded;
  if (keep && !block.first) return nullptr;
  if (expanded_by_tile<Products>(*tile.step, block.columns, panels)) return weights;
  for (std::int64_t i = 0; i < panels; ++i) {
    expand_avx512({.nibbles = weights + i * nibble_bytes,
                   .weights = expanded + i * tile.panel_size,
                   .quads = quads});
  }
  return nullptr;
}

template <typename Products>
void convolve_block(Tile tile, const Block& block, std::int64_t panel, std::int64_t panels) {
  const Convolve& step = *tile.step;
  const Image addend = step.addend.value_or(Image{});
  const std::int64_t channel = panel * panel_channels;
  const std::int64_t lane = block.group * step.sizes.channels + channel;
  tile.packed = block.group * panels_of(step.sizes.channels) * panel_channels + channel;
  const std::byte* nibbles = take_weights<Products>(tile, block, panel, panels);
  tile.count = std::min(panels * panel_channels, step.sizes.channels - channel);
  NextPanels next = next_panels<Products>(tile, block, panels);
  for (std::int64_t row = block.first_row; row < block.end_row; ++row) {
    tile.x = static_cast<const std::uint8_t*>(tile.pointers->x) + block.group * step.group_step +
             row * step.x.row;
    tile.y = row * step.y.row + lane * step.y.channel;
    tile.addend = row * addend.row + lane;
    convolve_pixels<Products>(tile, panels, block.columns, nibbles, next);
    nibbles = nullptr;
  }
}

// Rows that every panel is applied to before the next ones follow, so that x and y stay in the
// nearest cache meanwhile; more where the weights do not fit there, so that they come seldom, and
// all where weights would have to be kept expanded otherwise.
template <typename Products>
std::int64_t rows_of_a_block(const Convolve& step, const ConvolutionPart& part) {
  const std::int64_t row_bytes = step.x.row + step.y.row + 1;
  const std::int64_t rows = part.end_row - part.first_row;
  const bool nibbles = step.weight_element == WeightElement::s4;
  if (nibbles && rows * row_bytes <= most_expanding_block<Products>)
    return std::max<std::int64_t>(rows, 1);
  const std::int64_t weights =
      panels_of(step.sizes.channels) * step.groups * panel_bytes(WeightElement::s8, quads_of(step));
  return std::max<std::int64_t>(std::clamp(weights, least_block, most_block) / row_bytes, 1);
}

}  // namespace

template <typename Products>
VERNIER_AVX512 void convolve_avx512(const Convolve& step, const ConvolutionPointers& pointers,
                                    const ConvolutionPart& part) {
  if (pointers.x_element != Element::u8 || pointers.weight_element == WeightElement::s16) {
    return kernels_avx2.convolve(step, pointers, part);
  }
  const Finish finish = finish_of(pointers);
  const SumCount sums{step.groups * panels_of(step.sizes.channels) * panel_channels,
                      static_cast<std::int64_t>(step.runs.size()) * step.run_length};
  const Tile tile{.functions = &tile_functions<Products>,
                  .step = &step,
                  .pointers = &pointers,
                  .finish = finishes_bytes(pointers, sums) ? &finish : nullptr,
                  .x_step = step.x.column,
                  .channel_step = step.y.channel,
                  .y_step = step.y.column,
                  .addend_step = step.addend ? step.addend->column : 0};
  const std::int64_t block_rows = rows_of_a_block<Products>(step, part);
  for (std::int64_t group = part.first_group; group < part.end_group; ++group) {
    for (std::int64_t row = part.first_row; row < part.end_row; row += block_rows) {
      Block block{group,
                  row,
                  std::min(row + block_rows, part.end_row),
                  step.sizes.columns,
                  row == part.first_row,
                  row + block_rows >= part.end_row,
                  part.scratch};
      if (rows_are_joined(step)) {
        block.columns *= block.end_row - block.first_row;
        block.end_row = block.first_row + 1;
      }
      const std::int64_t most = most_panels(tile, block);
      for (std::int64_t panel = part.first_panel; panel < part.end_panel;) {
        const std::int64_t left = part.end_panel - panel;
        const std::int64_t panels = std::min(left, most);
        convolve_block<Products>(tile, block, panel, panels);
        panel += panels;
      }
    }
  }
}

template void convolve_avx512<VnniProducts>(const Convolve&, const ConvolutionPointers&,
                                            const ConvolutionPart&);
template void convolve_avx512<WordProducts>(const Convolve&, const ConvolutionPointers&,
                                            const ConvolutionPart&);
template void convolve_avx512<SmallProducts>(const Convolve&, const ConvolutionPointers&,
                                             const ConvolutionPart&);

}  // namespace vernier

#endif
