// Private to engine/: tiles for weights that are summed up in 16 bits (kernels_groups.h). A tile of
// up to eight pixels by the channels of one vector has eight sums; four weights, x and what is
// summed up fill sixteen registers.
//
// Included once by each instruction set, inside of its namespace, behind a `Vector`, what can be
// done with it, and VERNIER_TILE and VERNIER_TILE_INLINE: a template cannot take the target of its
// functions as an argument.

// Adds the products of x with `Quads` quads, summed up in 16 bits.
template <int Quads, int Pixels>
VERNIER_TILE_INLINE void add_quads(const std::uint8_t* const (&x)[Pixels],
                                   const std::int64_t (&offsets)[Quads],
                                   const Vector (&weights)[Quads], Vector (&sums)[Pixels]) {
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) {
    Vector pairs = multiply_bytes(repeat_quad(x[i] + offsets[0]), weights[0]);
#pragma GCC unroll 4
    for (int quad = 1; quad < Quads; ++quad) {
      asm("" : "+v"(pairs));  // one after the other: there is no register for more loads of x
      pairs = add_words(pairs, multiply_bytes(repeat_quad(x[i] + offsets[quad]), weights[quad]));
    }
    sums[i] = add(sums[i], multiply_words(pairs, word_ones()));
  }
}

// The same for two quads, two pixels at a time, in an order that keeps the multipliers busy: what
// GCC makes of it takes 6 % longer on Zen 4. It would keep the sums in memory, if there were a loop
// around asm, or operands in memory: so it is not told what is read. Nothing here writes to x.
template <int First, int Pixels>
VERNIER_TILE_INLINE void add_pairs(const std::uint8_t* const (&x)[Pixels],
                                   const std::int64_t (&offsets)[2], const Vector (&weights)[2],
                                   Vector (&sums)[Pixels]) {
  const Vector ones = word_ones();
  if constexpr (First + 1 < Pixels) {
    Vector first = sums[First];
    Vector second = sums[First + 1];
    Vector a, b, c, d;
    asm("vpbroadcastd (%[x0],%[at0]), %[a]\n\tvpbroadcastd (%[x1],%[at0]), %[c]\n\t"
        "vpbroadcastd (%[x0],%[at1]), %[b]\n\tvpbroadcastd (%[x1],%[at1]), %[d]\n\t"
        "vpmaddubsw %[w0], %[a], %[a]\n\tvpmaddubsw %[w0], %[c], %[c]\n\t"
        "vpmaddubsw %[w1], %[b], %[b]\n\tvpmaddubsw %[w1], %[d], %[d]\n\t"
        "vpaddw %[b], %[a], %[a]\n\tvpaddw %[d], %[c], %[c]\n\t"
        "vpmaddwd %[ones], %[a], %[a]\n\tvpmaddwd %[ones], %[c], %[c]\n\t"
        "vpaddd %[a], %[first], %[first]\n\tvpaddd %[c], %[second], %[second]"
        : [first] "+v"(first), [second] "+v"(second), [a] "=&v"(a), [b] "=&v"(b), [c] "=&v"(c),
          [d] "=&v"(d)
        : [x0] "r"(x[First]), [x1] "r"(x[First + 1]), [at0] "r"(offsets[0]), [at1] "r"(offsets[1]),
          [w0] "v"(weights[0]), [w1] "v"(weights[1]), [ones] "v"(ones));
    sums[First] = first;
    sums[First + 1] = second;
    add_pairs<First + 2>(x, offsets, weights, sums);
  } else if constexpr (First < Pixels) {
    const Vector pairs = add_words(multiply_bytes(repeat_quad(x[First] + offsets[0]), weights[0]),
                                   multiply_bytes(repeat_quad(x[First] + offsets[1]), weights[1]));
    sums[First] = add(sums[First], multiply_words(pairs, ones));
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
  const std::uint8_t* x[Pixels];
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) x[i] = tile.x[i];
  for (; groups > 0; --groups) {
    std::int64_t offsets[Quads];
    Vector weights[Quads];
    take_offsets(next.offsets, offsets);
#pragma GCC unroll 4
    for (int i = 0; i < Quads; ++i) {
      weights[i] = load(next.weights + vector_bytes * i);
    }
    _mm_prefetch(next.ahead, _MM_HINT_T1);
    next.ahead += tile.ahead_step * Quads;
    if constexpr (Quads == 2) {
      add_pairs<0>(x, offsets, weights, sums);
    } else {
      add_quads(x, offsets, weights, sums);
    }
    next.offsets += Quads;
    next.weights += vector_bytes * Quads;
  }
}

// All that a tile adds to what its sums begin with.
template <int Pixels>
VERNIER_TILE_INLINE void sum_panel(const PixelTile& tile, const std::int32_t* start,
                                   Vector (&sums)[Pixels]) {
  const auto& panel = *static_cast<const GroupedPanel*>(tile.weights);
  const auto* begin = static_cast<const std::int8_t*>(tile.weights);
  GroupedQuads next{.weights = begin + panel.weights,
                    .offsets = reinterpret_cast<const std::int32_t*>(begin + panel.offsets),
                    .ahead = tile.ahead};
#pragma GCC unroll 8
  for (int i = 0; i < Pixels; ++i) sums[i] = load(start);
  add_groups<4>(tile, panel.fours, next, sums);
  add_groups<2>(tile, panel.twos, next, sums);
  add_groups<1>(tile, panel.ones, next, sums);
}

template <int Pixels>
VERNIER_TILE void convolve_grouped_tile(const PixelTile& tile) {
  Vector sums[Pixels];
  sum_panel(tile, tile.bias, sums);
  finish(tile, sums);
}

constexpr std::array<TileFunction, most_tile_pixels> grouped_tiles = {
    convolve_grouped_tile<1>, convolve_grouped_tile<2>, convolve_grouped_tile<3>,
    convolve_grouped_tile<4>, convolve_grouped_tile<5>, convolve_grouped_tile<6>,
    convolve_grouped_tile<7>, convolve_grouped_tile<8>};
