// Operators that move elements: positions of dense tensors become positions of buffers.

#include <algorithm>

#include "vernier/export/plan_builder.h"
#include "vernier/loops/axis_view.h"
#include "vernier/reference/moves.h"
#include "vernier/reference/resize_axes.h"

namespace vernier {
namespace {

using Offsets = std::vector<std::int64_t>;

// From an offset in the dense tensor to the distance from the buffer's first element.
class Position {
 public:
  explicit Position(const Buffer& buffer) : buffer_(buffer), dense_(dense_strides(buffer.shape)) {}

  std::int64_t operator()(std::int64_t offset) const {
    if (offset < 0) return -1;
    std::int64_t position = 0;
    for (std::size_t axis = 0; axis < dense_.size(); ++axis) {
      position += offset / dense_[axis] % buffer_.shape[axis] * buffer_.strides[axis];
    }
    return position;
  }

 private:
  const Buffer& buffer_;
  std::vector<std::int64_t> dense_;
};

bool counts_by(const Offsets& offsets, std::int64_t step) {
  for (std::size_t i = 0; i < offsets.size(); ++i) {
    if (offsets[i] != static_cast<std::int64_t>(i) * step) return false;
  }
  return true;
}

// Takes the loops along which both sides have neighbours into the block.
void widen_block(Rearrange& step) {
  for (bool found = true; found;) {
    found = false;
    for (std::size_t axis = step.x_offsets.size(); axis-- > 0 && !found;) {
      const auto position = static_cast<std::ptrdiff_t>(axis);
      if (!counts_by(step.x_offsets[axis], step.block) ||
          !counts_by(step.y_offsets[axis], step.block)) {
        continue;
      }
      step.block *= static_cast<std::int64_t>(step.x_offsets[axis].size());
      step.x_offsets.erase(step.x_offsets.begin() + position);
      step.y_offsets.erase(step.y_offsets.begin() + position);
      found = true;
    }
  }
}

// A stretch of a loop in which x has neighbours too, or nothing.
struct Stretch {
  std::size_t first = 0;
  std::size_t size = 0;
};

std::vector<Stretch> stretches_of(const Offsets& x) {
  std::vector<Stretch> stretches;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool goes_on = i > 0 && (x[i] < 0 ? x[i - 1] < 0 : x[i - 1] >= 0 && x[i] == x[i - 1] + 1);
    if (!goes_on) stretches.push_back({i, 0});
    ++stretches.back().size;
  }
  return stretches;
}

Rearrange only_stretch(const Rearrange& whole, std::size_t axis, const Stretch& stretch) {
  Rearrange step = whole;
  const std::int64_t source = whole.x_offsets[axis][stretch.first];
  step.y_first += static_cast<std::int64_t>(stretch.first);
  if (source < 0) {
    step.x_offsets[axis] = {-1};
    step.y_offsets[axis] = {0};
    step.block = static_cast<std::int64_t>(stretch.size);
    return step;
  }
  step.x_first += source;
  step.y_offsets[axis].resize(stretch.size);
  step.x_offsets[axis] = step.y_offsets[axis];
  return step;
}

// The loop along which y has neighbours is cut into a few stretches that are copied or filled as
// blocks: padding along the channels.
std::vector<Rearrange> in_stretches(const Rearrange& whole) {
  constexpr std::size_t most_stretches = 4;
  for (std::size_t axis = 0; axis < whole.x_offsets.size(); ++axis) {
    if (whole.y_offsets[axis].size() < 2 || !counts_by(whole.y_offsets[axis], 1)) continue;
    const std::vector<Stretch> stretches = stretches_of(whole.x_offsets[axis]);
    if (stretches.size() > most_stretches) continue;
    std::vector<Rearrange> steps;
    for (const Stretch& each : stretches) steps.push_back(only_stretch(whole, axis, each));
    return steps;
  }
  return {whole};
}

// One offset an element of the two shapes; loops that fit both where there are some.
Move reshaping(const Shape& x, const Shape& y) {
  Offsets breaks;  // how many elements one turn of a loop stands for
  for (const Shape* shape : {&x, &y}) {
    for (const std::int64_t stride : dense_strides(*shape)) breaks.push_back(stride);
  }
  const std::int64_t size = element_count(x);
  breaks.push_back(1);
  breaks.push_back(size);
  std::ranges::sort(breaks, std::greater<>());
  breaks.erase(std::unique(breaks.begin(), breaks.end()), breaks.end());
  for (std::size_t i = 1; i < breaks.size(); ++i) {
    if (breaks[i - 1] % breaks[i] != 0) breaks = {size, 1};
  }
  Move move;
  for (std::size_t i = 1; i < breaks.size(); ++i) {
    Offsets& offsets = move.offsets.emplace_back();
    for (std::int64_t at = 0; at < breaks[i - 1]; at += breaks[i]) offsets.push_back(at);
  }
  return move;
}

// A part of a concat or split: where it begins in the whole along the axis.
void add_part(PlanBuilder& builder, Rearrange step, const Shape& part) {
  const Buffer& x = builder.buffer(step.x);
  const Buffer& y = builder.buffer(step.y);
  for (std::size_t axis = 0; axis < part.size(); ++axis) {
    Offsets& from = step.x_offsets.emplace_back();
    Offsets& to = step.y_offsets.emplace_back();
    for (std::int64_t i = 0; i < part[axis]; ++i) {
      from.push_back(i * x.strides[axis]);
      to.push_back(i * y.strides[axis]);
    }
  }
  widen_block(step);
  builder.add(std::move(step));
}

void add_concat(PlanBuilder& builder, const Concat& op, std::span<const BufferId> parts,
                BufferId y) {
  const auto axis = static_cast<std::size_t>(op.axis);
  std::int64_t start = 0;
  for (const BufferId part : parts) {
    const Buffer& x = builder.buffer(part);
    const Buffer& whole = builder.buffer(y);
    const std::int64_t first = whole.first + start * whole.strides[axis];
    start += x.shape[axis];
    add_part(builder, {.x = part, .y = y, .x_first = x.first, .y_first = first}, Shape(x.shape));
  }
}

void add_split(PlanBuilder& builder, const Split& op, BufferId x, std::span<const BufferId> parts) {
  const auto axis = static_cast<std::size_t>(op.axis);
  std::int64_t start = 0;
  for (const BufferId part : parts) {
    const Buffer& whole = builder.buffer(x);
    const Buffer& y = builder.buffer(part);
    const std::int64_t first = whole.first + start * whole.strides[axis];
    start += y.shape[axis];
    add_part(builder, {.x = x, .y = part, .x_first = first, .y_first = y.first}, Shape(y.shape));
  }
}

std::uint32_t fill_bits(const Buffer& y, const Op& op) {
  if (y.element != Element::f32) return static_cast<std::uint32_t>(stored_zero_point(y));
  const auto* pad = std::get_if<Pad>(&op);
  const auto* resize = std::get_if<Resize>(&op);
  const float fill = pad != nullptr      ? pad->value
                     : resize != nullptr ? resize->extrapolation_value
                                         : 0.0F;
  return std::bit_cast<std::uint32_t>(fill);
}

Move move_of_op(const Op& op, const Shape& x, const Shape& y) {
  if (const auto* transpose = std::get_if<Transpose>(&op)) return move_of(*transpose, x, y);
  if (const auto* slice = std::get_if<Slice>(&op)) return move_of(*slice, x, y);
  if (const auto* pad = std::get_if<Pad>(&op)) return move_of(*pad, x, y);
  if (const auto* expand = std::get_if<Expand>(&op)) return move_of(*expand, x, y);
  if (const auto* depth = std::get_if<DepthToSpace>(&op)) return move_of(*depth, x, y);
  if (const auto* resize = std::get_if<Resize>(&op)) return nearest_move(*resize, x, y);
  return reshaping(x, y);
}

}  // namespace

void add_move(PlanBuilder& builder, BufferId x, BufferId y, const Move& move, std::uint32_t fill) {
  const Buffer& from = builder.buffer(x);
  const Buffer& to = builder.buffer(y);
  const Position x_position(from);
  const Position y_position(to);
  Rearrange step{.x = x, .y = y, .x_first = from.first, .y_first = to.first, .fill = fill};
  std::vector<Offsets> loops = move.offsets;
  Offsets& block = loops.emplace_back();
  for (std::int64_t i = 0; i < move.block; ++i) block.push_back(i);
  std::int64_t turn = to.shape.empty() ? 1 : element_count(to.shape);
  for (const Offsets& loop : loops) {
    turn /= static_cast<std::int64_t>(loop.size());
    Offsets& x_offsets = step.x_offsets.emplace_back();
    Offsets& y_offsets = step.y_offsets.emplace_back();
    for (std::size_t i = 0; i < loop.size(); ++i) {
      x_offsets.push_back(x_position(loop[i]));
      y_offsets.push_back(y_position(static_cast<std::int64_t>(i) * turn));
    }
  }
  for (Rearrange& each : in_stretches(step)) {
    widen_block(each);
    builder.add(std::move(each));
  }
}

void add_moves(PlanBuilder& builder, const Op& op, std::span<const BufferId> operands,
               std::span<const BufferId> results) {
  if (const auto* concat = std::get_if<Concat>(&op)) {
    return add_concat(builder, *concat, operands, results[0]);
  }
  if (const auto* split = std::get_if<Split>(&op)) {
    return add_split(builder, *split, operands[0], results);
  }
  const Buffer& x = builder.buffer(operands[0]);
  const Buffer& y = builder.buffer(results[0]);
  const Move move = move_of_op(op, x.shape, y.shape);
  add_move(builder, operands[0], results[0], move, fill_bits(y, op));
}

}  // namespace vernier
