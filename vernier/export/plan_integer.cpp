// Integer nodes other than layers.

#include <algorithm>

#include "vernier/export/plan_builder.h"
#include "vernier/reference/moves.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

// What a pool has whatever it computes.
Pool pool_step(PlanBuilder& builder, const Op& op, const IntegerNode& node) {
  const BufferId x = integers_of(builder, node.inputs[0]);
  const BufferId y = new_integers(builder, node.outputs[0]);
  const Shape& shape = builder.buffer(x).shape;
  const Window window = spatial_window(op, shape, builder.buffer(y).shape);
  return {.x = image_of(builder, x),
          .y = image_of(builder, y),
          .sizes = {shape[0], window.coarse[1], window.coarse[2], shape[1]},
          .window = window,
          .x_zero_point = stored_zero_point(builder.buffer(x)),
          .arithmetic = builder.network.requantization};
}

// Gather's indices are constants, and the shapes of x and y follow from them.
Move gather_move(const PlanBuilder& builder, const Gather& op, const IntegerNode& node) {
  const Tensor& indices = *builder.value(node.inputs[1]).constant;
  return move_of(op, builder.value(node.inputs[0]).shape, indices.view<std::int64_t>());
}

}  // namespace

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerBinary& op) {
  const BufferId a = integers_of(builder, node.inputs[0]);
  const BufferId b = integers_of(builder, node.inputs[1]);
  const BufferId y = new_integers(builder, node.outputs[0]);
  const Shape& sizes = builder.buffer(y).shape;
  Loops loops = loops_over(sizes, {operand_of(builder, y, sizes), operand_of(builder, a, sizes),
                                   operand_of(builder, b, sizes)});
  // A fused addition takes the integers themselves, as a quotient does below.
  const auto subtracted = [&](BufferId id) {
    const Buffer& buffer = builder.buffer(id);
    return op.fused && !op.multiply ? -buffer.shift : stored_zero_point(buffer);
  };
  builder.add(Combine{.sizes = loops.sizes,
                      .a = loops.operands[1],
                      .b = loops.operands[2],
                      .y = loops.operands[0],
                      .multiply = op.multiply,
                      .a_zero_point = subtracted(a),
                      .b_zero_point = subtracted(b),
                      .arithmetic = builder.network.requantization,
                      .requantizer = op.requantizer,
                      .output = stored(op.output, builder.buffer(y)),
                      .fused = op.fused,
                      .rescaled = op.rescaled});
}

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerAverage& op) {
  Pool step = pool_step(builder, op.op, node);
  step.average = true;
  step.output = stored(op.output, builder.buffer(step.y.buffer));
  step.mean = op.mean;
  step.quotient = op.quotient;
  if (op.quotient) {
    step.x_zero_point = -builder.buffer(step.x.buffer).shift;
    step.output.zero_point = -builder.buffer(step.y.buffer).shift;
  }
  if (op.mean) {
    step.x_zero_point = stored_lowest(builder, node.inputs[0], step.x.buffer);
    step.output.zero_point = stored_lowest(builder, node.outputs[0], step.y.buffer);
  }
  std::vector<std::int64_t> counts;
  for (const auto& [count, requantizer] : op.requantizers) {
    counts.push_back(count);
    step.requantizers.push_back(requantizer);
  }
  for (const std::int64_t count : window_counts(op.op, step.window)) {
    step.requantizer_of.push_back(
        static_cast<std::int32_t>(std::ranges::lower_bound(counts, count) - counts.begin()));
  }
  builder.add(std::move(step));
}

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerTable& op) {
  const BufferId x = integers_of(builder, node.inputs[0]);
  const BufferId y = new_integers(builder, node.outputs[0]);
  const Buffer& from = builder.buffer(x);
  const Buffer& to = builder.buffer(y);
  const IntRange range = builder.known_format(node.inputs[0]).range;
  // Codes that x never has get what their nearest neighbour gets.
  std::vector<std::int16_t> table;
  for (std::int32_t code = 0; code < 256; ++code) {
    const std::int32_t q = std::clamp(code + from.shift, range.lo, range.hi);
    table.push_back(
        static_cast<std::int16_t>(op.table[static_cast<std::size_t>(q - range.lo)] - to.shift));
  }
  const std::vector<std::uint8_t> bytes(table.begin(), table.end());
  const Loops loops =
      loops_over(to.shape, {operand_of(builder, y, to.shape), operand_of(builder, x, to.shape)});
  builder.add(Lookup{.sizes = loops.sizes,
                     .x = loops.operands[1],
                     .y = loops.operands[0],
                     .table = to.element == Element::u8
                                  ? add_constants<std::uint8_t>(builder.plan, bytes)
                                  : add_constants<std::int16_t>(builder.plan, table)});
}

void compile(PlanBuilder& builder, const IntegerNode& node, const IntegerMove& op) {
  if (is_one_of<MaxPool, GlobalMaxPool>(op.op)) {
    Pool step = pool_step(builder, op.op, node);
    step.output.clamp = {0, 0};
    builder.add(std::move(step));
    return;
  }
  std::vector<BufferId> results;
  if (const auto* gather = std::get_if<Gather>(&op.op)) {
    const BufferId x = integers_of(builder, node.inputs[0]);
    const BufferId y = new_integers(builder, node.outputs[0]);
    add_move(builder, x, y, gather_move(builder, *gather, node));
    return;
  }
  std::vector<BufferId> operands;
  for (const ValueId id : node.inputs) operands.push_back(integers_of(builder, id));
  for (const ValueId id : node.outputs) results.push_back(new_integers(builder, id));
  add_moves(builder, op.op, operands, results);
}

}  // namespace vernier
