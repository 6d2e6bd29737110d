#pragma once

// The operators that only move elements, as the table of offsets that loops/move runs. x and y are
// the shapes of the input and of the output, which `infer` accepted.

#include <span>

#include "vernier/ir/op.h"
#include "vernier/loops/move.h"

namespace vernier {

Move move_of(const Transpose& op, const Shape& x, const Shape& y);
Move move_of(const Slice& op, const Shape& x, const Shape& y);
Move move_of(const Pad& op, const Shape& x, const Shape& y);
Move move_of(const Expand& op, const Shape& x, const Shape& y);
Move move_of(const DepthToSpace& op, const Shape& x, const Shape& y);

/// Output number `part` of a Split.
Move move_of_part(const Split& op, const Shape& x, std::size_t part);

/// Negative indices count from the end; one that is out of range is an Error.
Move move_of(const Gather& op, const Shape& x, std::span<const std::int64_t> indices);

/// The elements of each axis of x that y is made of; `outside` for none.
Move move_of_indices(std::vector<std::vector<std::int64_t>> indices, const Shape& x);

}  // namespace vernier
