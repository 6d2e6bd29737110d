// In integers: along an axis a pixel is eight parts long, and a cell as many parts as there are
// pixels, so that cells begin and end between parts. Rows are added up first, over whole lines,
// because every picture of a set comes through here.

#include "vernier/data/luma_grid.h"

#include <algorithm>
#include <span>

#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

constexpr std::int64_t side = 8;

using Channels = std::array<std::uint64_t, 3>;

/// Rec. 601, as JPEG has it.
std::uint64_t luma(const Channels& pixel) {
  return (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] + 500) / 1000;
}

/// Calls add(pixel, its parts in the cell) along an axis of `size` pixels.
template <typename Add>
void for_each_pixel(std::int64_t cell, std::int64_t size, const Add& add) {
  const std::int64_t begin = cell * size;
  const std::int64_t end = begin + size;
  for (std::int64_t pixel = begin / side; pixel * side < end; ++pixel)
    add(pixel, std::min(end, (pixel + 1) * side) - std::max(begin, pixel * side));
}

/// Wraps around, without harm, in pictures of more than 16 million rows.
VERNIER_VECTOR_CLONES
void add_row(std::uint32_t weight, const std::uint8_t* row, std::span<std::uint32_t> sums) {
  for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += weight * row[i];
}

/// Means of the channels over one cell, from the sums of its rows.
Channels means(const Picture& picture, std::int64_t column, std::span<const std::uint32_t> rows) {
  const auto channels = static_cast<std::size_t>(std::min(picture.channels, std::int64_t{3}));
  Channels sums{};
  for_each_pixel(column, picture.width, [&](std::int64_t x, std::int64_t weight) {
    const auto pixel = rows.subspan(static_cast<std::size_t>(x * picture.channels));
    for (std::size_t channel = 0; channel < channels; ++channel)
      sums[channel] += static_cast<std::uint64_t>(weight) * pixel[channel];
  });
  const auto parts = static_cast<std::uint64_t>(picture.width * picture.height);
  for (std::uint64_t& sum : sums) sum = (sum + parts / 2) / parts;
  return sums;
}

}  // namespace

LumaGrid luma_grid(const Picture& picture) {
  LumaGrid grid{};
  auto cell = grid.begin();
  const std::int64_t line = picture.width * picture.channels;
  std::vector<std::uint32_t> rows(static_cast<std::size_t>(line));
  for (std::int64_t row = 0; row < side; ++row) {
    std::ranges::fill(rows, 0);
    for_each_pixel(row, picture.height, [&](std::int64_t y, std::int64_t weight) {
      add_row(static_cast<std::uint32_t>(weight), picture.pixels.data() + y * line, rows);
    });
    for (std::int64_t column = 0; column < side; ++column) {
      const Channels mean = means(picture, column, rows);
      *cell++ = static_cast<std::uint8_t>(picture.channels == 3 ? luma(mean) : mean[0]);
    }
  }
  return grid;
}

}  // namespace vernier
