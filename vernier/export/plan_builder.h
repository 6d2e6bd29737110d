#pragma once

// Private to export/: a plan as it grows. One overload of `compile` a kind of node.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/engine/plan.h"
#include "vernier/loops/move.h"
#include "vernier/reference/integer_graph.h"

namespace vernier {

/// Rows and columns around an image that convolutions read.
struct Border {
  std::int64_t top = 0;
  std::int64_t left = 0;
  std::int64_t bottom = 0;
  std::int64_t right = 0;
};

/// What x needs around it so that every tap of every position of the window lies in memory. Pads
/// may be negative: they crop.
Border border_of(const Window& window);
Border larger(const Border& a, const Border& b);

struct PlanBuilder {
  const IntegerGraph& network;
  Plan plan;
  std::vector<Border> borders;                    // by value
  std::vector<std::optional<BufferId>> integers;  // by value, as far as they have been made
  std::vector<std::optional<BufferId>> floats;    // by value
  std::string node;                               // whose steps are being added

  const Value& value(ValueId id) const { return network.graph[id]; }
  const std::optional<IntegerFormat>& format(ValueId id) const {
    return network.formats[index(id)];
  }
  // Of a value that is known to have one.
  const IntegerFormat& known_format(ValueId id) const {
    VERNIER_CHECK(format(id).has_value());
    return *format(id);
  }
  const Buffer& buffer(BufferId id) const { return plan.buffers[index(id)]; }
  void add(StepOp op) { plan.steps.push_back({.name = node, .op = std::move(op)}); }
};

/// Nothing made yet.
PlanBuilder plan_builder(const IntegerGraph& network);

/// The integers of a value, or its floats, dense; a step converts them where only the other kind is
/// there.
BufferId integers_of(PlanBuilder& builder, ValueId id);
BufferId floats_of(PlanBuilder& builder, ValueId id);

/// Where a node writes its result. Floats of a value that has a format are followed by
/// `finish_floats`, which quantizes them.
BufferId new_integers(PlanBuilder& builder, ValueId id);
BufferId new_floats(PlanBuilder& builder, ValueId id);
void finish_floats(PlanBuilder& builder, ValueId id);

/// Floats in the shape of a value, the channels of a place beside each other.
BufferId new_sums(PlanBuilder& builder, ValueId id);

/// A tensor that is no value of the network.
BufferId new_float_buffer(PlanBuilder& builder, std::string name, const Shape& shape);
BufferId new_integer_buffer(PlanBuilder& builder, Buffer buffer, const Border& border);

/// An integer buffer of this value, without a place for its elements yet.
Buffer integer_buffer(const std::string& name, const Shape& shape, const IntegerFormat& format);

/// Zero point as stored.
inline std::int32_t stored_zero_point(const Buffer& buffer) {
  return buffer.params.zero_point - buffer.shift;
}
/// The lowest integer of a value, as stored.
inline std::int32_t stored_lowest(const PlanBuilder& builder, ValueId id, BufferId buffer) {
  return builder.known_format(id).range.lo - builder.buffer(buffer).shift;
}
/// Where results go, as stored.
OutputRange stored(const OutputRange& output, const Buffer& y);

/// Appends constants and returns where they are.
std::int64_t add_constant_bytes(Plan& plan, std::span<const std::byte> bytes);
template <typename T>
std::int64_t add_constants(Plan& plan, std::span<const T> values) {
  return add_constant_bytes(plan, std::as_bytes(values));
}

/// A buffer as images: [N, C, H, W], [N, C, W] or [N, C].
Image image_of(const PlanBuilder& builder, BufferId id);
ImageSizes image_sizes(const Shape& shape);

/// Nested loops over `sizes`: those of one turn dropped, ordered and merged so that the innermost
/// runs along neighbours of the first operand.
struct Loops {
  Shape sizes;
  std::vector<Operand> operands;
};
Loops loops_over(const Shape& sizes, std::vector<Operand> operands);
/// Puts the loop along which the second operand has neighbours next to the innermost one, in which
/// the first has them: the two together fill whole lines of the second.
void bring_planes_inside(Loops& loops);
/// A buffer as an operand of loops over `sizes`, with numpy's broadcasting.
Operand operand_of(const PlanBuilder& builder, BufferId id, const Shape& sizes);

/// Gives every buffer in the arena its offset: those that are needed at the same time do not
/// overlap.
void place_buffers(Plan& plan);

/// A copy step from x to y: `move` is in terms of dense tensors, `fill` the bits of what comes from
/// nowhere.
void add_move(PlanBuilder& builder, BufferId x, BufferId y, const Move& move,
              std::uint32_t fill = 0);
/// An operator that moves elements only, from `operands` to `results`.
void add_moves(PlanBuilder& builder, const Op& op, std::span<const BufferId> operands,
               std::span<const BufferId> results);

/// The steps of a layer into y.
void add_layer(PlanBuilder& builder, const IntegerNode& node, const IntegerLinear& op, BufferId y);

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerLinear& op);
void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerBinary& op);
void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerAverage& op);
void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerTable& op);
void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerMove& op);
void compile(PlanBuilder& builder, const IntegerNode& node, const FloatNode& op);

}  // namespace vernier
