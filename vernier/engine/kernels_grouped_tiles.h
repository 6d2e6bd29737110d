// Private to engine/: tiles for weights that are summed up in 16 bits (kernels_groups.h). A tile of
// up to eight pixels by the channels of one vector has eight sums; four weights, x and what is
// summed up fill sixteen registers.
//
// Included once by each instruction set, inside of its namespace, behind a `Vector`, what can be
// done with it, and VERNIER_TILE and VERNIER_TILE_INLINE: a template cannot take the target of its
// functions as an argument.

// Adds the products of x with `Quads` quads, summed up in 16 bits.
template <int Quads, int Pixels>
VERNIER_TILE_INLINE void add_quads(const PixelTile& tile, const std::int64_t (&offsets)[Quads],
                                   const Vector (&weights)[Quads], Vector (&sums)[Pixels]) {
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    const std::uint8_t* x = tile.x[i];
    Vector pairs = multiply_bytes(repeat_quad(x + offsets[0]), weights[0]);
#pragma GCC unroll 4
    for (int quad = 1; quad < Quads; ++quad) {
      asm("" : "+v"(pairs));  // one after the other: there is no register for more loads of x
      pairs = add_words(pairs, multiply_bytes(repeat_quad(x + offsets[quad]), weights[quad]));
    }
    sums[i] = add(sums[i], multiply_words(pairs, word_ones()));
  }
}

// The quads of a GroupedPanel that come next.
struct GroupedQuads {
  const std::int8_t* weights;
  const std::int32_t* offsets;
  const std::byte* ahead;
};

// By half as many loads as there are offsets: loads are what these loops wait for.
template <int Quads>
VERNIER_TILE_INLINE void take_offsets(const std::int32_t* from, std::int64_t (&offsets)[Quads]) {
  if constexpr (Quads == 1) {
    offsets[0] = *from;
  } else {
#pragma GCC unroll 2
    for (int i = 0; i < Quads; i += 2) {
      std::int64_t two;
      std::memcpy(&two, from + i, sizeof(two));
      offsets[i] = static_cast<std::int32_t>(two);
      offsets[i + 1] = two >> 32;
    }
  }
}

template <int Quads, int Pixels>
VERNIER_TILE_INLINE void add_groups(const PixelTile& tile, std::int32_t groups, GroupedQuads& next,
                                    Vector (&sums)[Pixels]) {
  for (; groups > 0; --groups) {
    std::int64_t offsets[Quads];
    Vector weights[Quads];
    take_offsets(next.offsets, offsets);
#pragma GCC unroll 4
    for (int i = 0; i < Quads; ++i) {
      weights[i] = load(next.weights + vector_bytes * i);
      if (Pixels <= most_waiting_pixels) {
        _mm_prefetch(next.weights + vector_bytes * i + weights_ahead, _MM_HINT_T0);
      }
    }
    if (Pixels > most_waiting_pixels) {
      _mm_prefetch(next.ahead, _MM_HINT_T1);
      next.ahead += tile.ahead_step * Quads;
    }
    add_quads(tile, offsets, weights, sums);
    next.offsets += Quads;
    next.weights += vector_bytes * Quads;
  }
}

template <int Pixels>
VERNIER_TILE_INLINE void add_swaps(const PixelTile& tile, std::int32_t quads, GroupedQuads& next,
                                   Vector (&sums)[Pixels]) {
  const Vector ones = word_ones();
  for (; quads > 0; --quads) {
    const std::int64_t offset = next.offsets[0];
    const Vector order = repeat(next.offsets[1]);
    const Vector weights = load(next.weights);
    next.offsets += 2;
    next.weights += vector_bytes;
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i) {
      const Vector x = shuffle(repeat_quad(tile.x[i] + offset), order);
      sums[i] = add(sums[i], multiply_words(multiply_bytes(x, weights), ones));
    }
  }
}

template <int Pixels>
VERNIER_TILE_INLINE void add_wides(const PixelTile& tile, std::int32_t quads, GroupedQuads& next,
                                   Vector (&sums)[Pixels]) {
  for (; quads > 0; --quads) {
    const std::int64_t offset = *next.offsets++;
    const Vector weights = load(next.weights);
    const Vector even = signed_even(weights);
    const Vector odd = signed_odd(weights);
    next.weights += vector_bytes;
#pragma GCC unroll 8
    for (int i = 0; i < Pixels; ++i) {
      const Vector x = repeat_quad(tile.x[i] + offset);
      const Vector products =
          add(multiply_words(unsigned_even(x), even), multiply_words(unsigned_odd(x), odd));
      sums[i] = add(sums[i], products);
    }
  }
}

template <int Pixels>
VERNIER_TILE void convolve_grouped_tile(const PixelTile& tile) {
  const auto& panel = *static_cast<const GroupedPanel*>(tile.weights);
  const auto* begin = static_cast<const std::int8_t*>(tile.weights);
  GroupedQuads next{.weights = begin + panel.weights,
                    .offsets = reinterpret_cast<const std::int32_t*>(begin + panel.offsets),
                    .ahead = tile.ahead};
  Vector sums[Pixels];
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) sums[i] = zero();
  add_groups<4>(tile, panel.fours, next, sums);
  add_groups<2>(tile, panel.twos, next, sums);
  add_groups<1>(tile, panel.ones, next, sums);
  add_swaps(tile, panel.swaps, next, sums);
  add_wides(tile, panel.wides, next, sums);
  finish(tile, sums);
}

constexpr std::array<TileFunction, most_tile_pixels> grouped_tiles = {
    convolve_grouped_tile<1>, convolve_grouped_tile<2>, convolve_grouped_tile<3>,
    convolve_grouped_tile<4>, convolve_grouped_tile<5>, convolve_grouped_tile<6>,
    convolve_grouped_tile<7>, convolve_grouped_tile<8>};
