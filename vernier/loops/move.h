#pragma once

// Every operator that only moves elements (transpose, slice, pad, expand, gather, split, nearest
// resize, depth to space) is one value, a table of offsets for each axis, and one loop that runs
// it.

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

namespace vernier {

/// Where the elements of a dense result come from: element (i, j, ...) stands in the source at
/// offsets[0][i] + offsets[1][j] + ... and is followed there by `block - 1` more that go with it.
/// The sizes of the result are those of the tables, then `block`.
struct Move {
  std::vector<std::vector<std::int64_t>> offsets;
  std::int64_t block = 1;
};

/// The offset of what no element of the source gives: the result has the fill there.
inline constexpr std::int64_t outside = std::numeric_limits<std::int64_t>::min();

/// The same move with the trailing axes that are contiguous in the source merged into `block`.
Move coalesced(Move move);

/// What is moved: elements of 1, 2, 4 or 8 bytes, and the bits that stand where the source has
/// none.
struct MovedElement {
  std::int64_t bytes = 4;
  std::array<std::byte, 8> fill = {};
};

template <typename T>
MovedElement moved_element(T fill) {
  MovedElement element{.bytes = sizeof(T)};
  std::memcpy(element.fill.data(), &fill, sizeof(T));
  return element;
}

/// Fills `target` from `source`. No offset may lead outside the source.
void run_move(const Move& move, const MovedElement& element, const std::byte* source,
              std::byte* target);

/// Joins arrays along an axis: each part is `outer` rows of bytes, and so is `target`.
void concatenate(std::int64_t outer, std::span<const std::span<const std::byte>> parts,
                 std::byte* target);

}  // namespace vernier
