#include "vernier/loops/move.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

bool contiguous(std::span<const std::int64_t> offsets, std::int64_t block) {
  if (offsets.empty()) return false;
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] == outside) return false;
    if (offsets[i] != offsets[0] + static_cast<std::int64_t>(i) * block) return false;
  }
  return true;
}

// Runs a move over elements of `Bytes` bytes: a constant, so that copying one element is a load and
// a store. Each function writes what lies under one index of the axes before `axis`, and returns
// the place behind it.
template <std::size_t Bytes>
struct Runner {
  const Move& move;
  const std::byte* fill;
  const std::byte* source;

  std::byte* write_fill(std::size_t axis, std::byte* target) const {
    std::int64_t count = move.block;
    for (std::size_t i = axis; i < move.offsets.size(); ++i) {
      count *= static_cast<std::int64_t>(move.offsets[i].size());
    }
    for (std::int64_t i = 0; i < count; ++i, target += Bytes) std::memcpy(target, fill, Bytes);
    return target;
  }

  std::byte* copy_block(std::int64_t offset, std::byte* target) const {
    const std::byte* from = source + offset * static_cast<std::int64_t>(Bytes);
    if (move.block == 1) return std::copy_n(from, Bytes, target);
    return std::copy_n(from, static_cast<std::size_t>(move.block) * Bytes, target);
  }

  std::byte* run(std::size_t axis, std::int64_t base, std::byte* target) const {
    if (axis == move.offsets.size()) return copy_block(base, target);
    const bool last = axis + 1 == move.offsets.size();
    for (const std::int64_t offset : move.offsets[axis]) {
      if (offset == outside) {
        target = write_fill(axis + 1, target);
      } else {
        target = last ? copy_block(base + offset, target) : run(axis + 1, base + offset, target);
      }
    }
    return target;
  }
};

}  // namespace

Move coalesced(Move move) {
  auto& offsets = move.offsets;
  while (!offsets.empty() && contiguous(offsets.back(), move.block)) {
    const std::int64_t first = offsets.back().front();
    move.block *= static_cast<std::int64_t>(offsets.back().size());
    offsets.pop_back();
    if (offsets.empty()) {
      offsets.push_back({first});
      break;
    }
    for (std::int64_t& offset : offsets.back()) {
      if (offset != outside) offset += first;
    }
  }
  return move;
}

void run_move(const Move& move, const MovedElement& element, const std::byte* source,
              std::byte* target) {
  const std::byte* fill = element.fill.data();
  switch (element.bytes) {
    case 1:
      Runner<1>{move, fill, source}.run(0, 0, target);
      return;
    case 2:
      Runner<2>{move, fill, source}.run(0, 0, target);
      return;
    case 4:
      Runner<4>{move, fill, source}.run(0, 0, target);
      return;
    default:
      VERNIER_CHECK(element.bytes == 8);
      Runner<8>{move, fill, source}.run(0, 0, target);
  }
}

void concatenate(std::int64_t outer, std::span<const std::span<const std::byte>> parts,
                 std::byte* target) {
  for (std::int64_t row = 0; row < outer; ++row) {
    for (const std::span<const std::byte> part : parts) {
      const std::size_t size = part.size() / static_cast<std::size_t>(outer);
      target = std::copy_n(part.data() + static_cast<std::size_t>(row) * size, size, target);
    }
  }
}

}  // namespace vernier
