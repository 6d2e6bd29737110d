// Sums of products on AVX512-VNNI. For each four neighbours of x the weights of the panels are
// loaded once and the four bytes of every pixel broadcast.
//
// Compiled with -fno-tree-pre (CMakeLists.txt): with it GCC 12 keeps the sums in memory.

#if defined(__x86_64__)

#include "vernier/engine/kernels_avx512_tiles.h"

#include <cstring>
#include <utility>

#include "vernier/engine/kernels_avx512_products.h"
#include "vernier/engine/kernels_avx512_tiles_finish.h"

namespace vernier {
namespace {

// Two vectors from 64 bytes of weights of 4 bits: the low halves and the high ones. Sixteen times
// too large: no sign has to be extended.
struct NibbleVectors {
  __m512i low;
  __m512i high;
};
constexpr int nibble_shift = 4;
VERNIER_AVX512_INLINE NibbleVectors shifted_nibbles(__m512i bytes) {
  const __m512i mask = _mm512_set1_epi8(static_cast<char>(0xF0));
  return {_mm512_and_si512(_mm512_slli_epi16(bytes, 4), mask), _mm512_and_si512(bytes, mask)};
}

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

// Every fourth pixel has a pointer of its own: with fewer distances, they all fit in the registers.
template <int Pixels>
using PixelPointers = const std::uint8_t * [(Pixels + 3) / 4];

// Adds the products of four neighbours of x of every pixel.
template <int Pixels, int Panels>
VERNIER_AVX512_INLINE void add_quad(const PixelPointers<Pixels>& x, std::int64_t x_step,
                                    const __m512i (&w)[Panels], __m512i (&sums)[Pixels][Panels]) {
#pragma GCC unroll 16
  for (int i = 0; i < Pixels; ++i) {
    const __m512i four = broadcast_quad(x[i / 4] + i % 4 * x_step);
#pragma GCC unroll 4
    for (int panel = 0; panel < Panels; ++panel) {
      sums[i][panel] = VnniProducts::add(sums[i][panel], four, w[panel]);
    }
  }
}

template <int Pixels, int Panels>
VERNIER_AVX512_INLINE void accumulate(Tile& tile, __m512i (&sums)[Pixels][Panels]) {
  take_bias(tile, sums);
  const auto* weights = static_cast<const std::int8_t*>(tile.weights);
  const std::int64_t length = tile.step->run_length;
  const std::int64_t x_step = tile.x_step;
  const std::int64_t panel_size = tile.panel_size;
  const std::byte* ahead = tile.ahead;
  const std::int64_t ahead_step = tile.ahead_step;
  for (const std::int64_t run : tile.step->runs) {
    PixelPointers<Pixels> x;
#pragma GCC unroll 4
    for (int i = 0; i < (Pixels + 3) / 4; ++i) x[i] = tile.x + run + 4 * i * x_step;
    for (const std::uint8_t* end = x[0] + length; x[0] < end;) {
      __m512i w[Panels];
#pragma GCC unroll 4
      for (int panel = 0; panel < Panels; ++panel) {
        w[panel] = _mm512_loadu_si512(weights + panel * panel_size);
      }
      add_quad(x, x_step, w, sums);
      _mm_prefetch(ahead, _MM_HINT_T1);
      ahead += ahead_step;
#pragma GCC unroll 4
      for (auto& pixel : x) pixel += 4;
      weights += quad_weights;
    }
  }
  tile.ahead = ahead;
}

// The same for weights of 4 bits and one run. Quads of even and of odd number have sums of their
// own, so that an addition need not wait for the one before it.
template <int Pixels, int Panels>
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
      const NibbleVectors two = shifted_nibbles(_mm512_loadu_si512(nibbles + panel * panel_size));
#pragma GCC unroll 4
      for (int i = 0; i < Pixels; ++i) {
        const std::uint8_t* eight = x + i * x_step + k;
        sums[i][panel] = VnniProducts::add(sums[i][panel], broadcast_quad(eight), two.low);
        odd_sums[i][panel] =
            VnniProducts::add(odd_sums[i][panel], broadcast_quad(eight + 4), two.high);
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
      sums[i][panel] = _mm512_add_epi32(_mm512_srai_epi32(sum, nibble_shift), bias);
    }
  }
}

template <int Pixels, int Panels>
VERNIER_AVX512 void convolve_tiles(Tile& tile, std::int64_t tiles) {
  for (; tiles > 0; --tiles) {
    __m512i sums[Pixels][Panels];
    accumulate(tile, sums);
    finish(tile, sums);
    advance(tile, Pixels);
  }
}

template <int Pixels, int Panels>
VERNIER_AVX512 void convolve_nibble_tiles(Tile& tile, std::int64_t tiles) {
  for (; tiles > 0; --tiles) {
    __m512i sums[Pixels][Panels];
    accumulate_nibbles(tile, sums);
    finish_apart(tile, sums);
    advance(tile, Pixels);
  }
}

// ---- What tiles there are.

template <int Panels, int... Pixels>
constexpr std::array<TileFunction, most_pixels> tiles_of(std::integer_sequence<int, Pixels...>) {
  return {convolve_tiles<Pixels + 1, Panels>...};
}

template <int Panels>
constexpr std::array<TileFunction, most_pixels> tiles_of() {
  return tiles_of<Panels>(std::make_integer_sequence<int, most_pixels_beside[Panels - 1]>());
}

}  // namespace

constexpr TileTable tile_functions = {tiles_of<1>(), tiles_of<2>(), tiles_of<3>(), tiles_of<4>()};

constexpr TileTable nibble_functions = {
    {{convolve_nibble_tiles<1, 1>, convolve_nibble_tiles<2, 1>}}};  // one panel each

}  // namespace vernier

#endif
