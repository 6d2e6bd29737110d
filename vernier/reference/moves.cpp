#include "vernier/reference/moves.h"

#include <numeric>

#include "vernier/base/error.h"
#include "vernier/ir/shapes.h"
#include "vernier/loops/axis_view.h"

namespace vernier {
namespace {

using Offsets = std::vector<std::int64_t>;

// 0, step, 2 step, ...
Offsets regular(std::int64_t size, std::int64_t step) {
  Offsets offsets(static_cast<std::size_t>(size));
  std::int64_t next = 0;
  for (std::int64_t& offset : offsets) {
    offset = next;
    next += step;
  }
  return offsets;
}

std::vector<Offsets> all_indices(const Shape& shape) {
  std::vector<Offsets> indices;
  for (const std::int64_t size : shape) indices.push_back(regular(size, 1));
  return indices;
}

Move strided(const Shape& sizes, const std::vector<std::int64_t>& strides) {
  Move move;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
    move.offsets.push_back(regular(sizes[axis], strides[axis]));
  }
  return coalesced(move);
}

// Where a padded axis takes the element at `index`, which may lie before or behind it.
std::int64_t padded_index(PadMode mode, std::int64_t index, std::int64_t size) {
  if (index >= 0 && index < size) return index;
  switch (mode) {
    case PadMode::constant:
      return outside;
    case PadMode::reflect:
      return index < 0 ? -index : 2 * (size - 1) - index;
    case PadMode::edge:
      return index < 0 ? 0 : size - 1;
  }
  return outside;
}

}  // namespace

Move move_of_indices(std::vector<std::vector<std::int64_t>> indices, const Shape& x) {
  const std::vector<std::int64_t> strides = dense_strides(x);
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    for (std::int64_t& index : indices[axis]) {
      if (index != outside) index *= strides[axis];
    }
  }
  return coalesced({.offsets = std::move(indices)});
}

Move move_of(const Transpose& op, const Shape& x, const Shape& y) {
  const std::vector<std::int64_t> from = dense_strides(x);
  std::vector<std::int64_t> strides;
  for (const std::int64_t axis : op.perm) strides.push_back(from[static_cast<std::size_t>(axis)]);
  return strided(y, strides);
}

Move move_of(const Slice& op, const Shape& x, const Shape& /*y*/) {
  std::vector<Offsets> indices = all_indices(x);
  for (std::size_t entry = 0; entry < op.axes.size(); ++entry) {
    const auto axis = static_cast<std::size_t>(op.axes[entry]);
    const SliceRange range = slice_range(op, entry, x[axis]);
    indices[axis] = regular(range.count, range.step);
    for (std::int64_t& index : indices[axis]) index += range.start;
  }
  return move_of_indices(std::move(indices), x);
}

Move move_of(const Pad& op, const Shape& x, const Shape& y) {
  std::vector<Offsets> indices = all_indices(y);
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    for (std::int64_t& index : indices[axis]) {
      index = padded_index(op.mode, index - op.pads[axis], x[axis]);
    }
  }
  return move_of_indices(std::move(indices), x);
}

Move move_of(const Expand& /*op*/, const Shape& x, const Shape& y) {
  const std::size_t added = y.size() - x.size();
  const std::vector<std::int64_t> from = dense_strides(x);
  std::vector<std::int64_t> strides(y.size(), 0);
  for (std::size_t axis = 0; axis < x.size(); ++axis) {
    if (x[axis] != 1) strides[added + axis] = from[axis];
  }
  return strided(y, strides);
}

// y[n, c, h, p, w, q] = x[n, p, q, c, h, w] (DCR) or x[n, c, p, q, h, w] (CRD).
Move move_of(const DepthToSpace& op, const Shape& x, const Shape& y) {
  const std::int64_t block = op.blocksize;
  const bool blocks_outermost = op.mode == DepthToSpaceMode::DCR;
  const std::int64_t channel = x[2] * x[3];
  const std::int64_t depth = blocks_outermost ? channel : channel * block * block;
  const std::int64_t column = blocks_outermost ? channel * y[1] : channel;
  return strided({y[0], y[1], x[2], block, x[3], block},
                 {channel * x[1], depth, x[3], column * block, 1, column});
}

Move move_of_part(const Split& op, const Shape& x, std::size_t part) {
  const auto axis = static_cast<std::size_t>(op.axis);
  const auto begin = op.split.begin();
  std::vector<Offsets> indices = all_indices(x);
  indices[axis] = regular(op.split[part], 1);
  const std::int64_t start =
      std::accumulate(begin, begin + static_cast<std::ptrdiff_t>(part), std::int64_t{0});
  for (std::int64_t& index : indices[axis]) index += start;
  return move_of_indices(std::move(indices), x);
}

Move move_of(const Gather& op, const Shape& x, std::span<const std::int64_t> indices) {
  const AxisView view = axis_view(x, op.axis);
  Offsets rows;
  for (const std::int64_t index : indices) {
    if (index < -view.size || index >= view.size) {
      fail("Gather: index {} of an axis of {} elements", index, view.size);
    }
    rows.push_back((index < 0 ? index + view.size : index) * view.inner);
  }
  return {.offsets = {regular(view.outer, view.size * view.inner), std::move(rows)},
          .block = view.inner};
}

}  // namespace vernier
