// Float islands: the same loops in the same order as reference/evaluate, on dense buffers.

#include <algorithm>
#include <numeric>

#include "vernier/export/island.h"
#include "vernier/loops/axis_view.h"
#include "vernier/reference/moves.h"
#include "vernier/reference/resize_axes.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

template <typename Type, typename... Types>
concept any_of = (std::is_same_v<Type, Types> || ...);

void add_unary(const Island& island, std::string_view name, float alpha = 0.0F, float beta = 0.0F) {
  island.add(FloatUnary{.x = island.x[0],
                        .y = island.y,
                        .function = std::string(name),
                        .alpha = alpha,
                        .beta = beta});
}

void island_step(const Island& island, const BatchNormalization& op) {
  island.add(FloatBatchNorm{.x = island.x[0],
                            .y = island.y,
                            .scale = island.x[1],
                            .bias = island.x[2],
                            .mean = island.x[3],
                            .variance = island.x[4],
                            .epsilon = op.epsilon,
                            .view = axis_view(island.y_shape(), 1)});
}

template <any_of<Relu, Sigmoid, HardSwish, Tanh, Exp, Log, Sqrt, Abs, Neg, Floor, Ceil, Erf> Type>
void island_step(const Island& island, const Type& op) {
  add_unary(island, op.type);
}
void island_step(const Island& island, const LeakyRelu& op) {
  add_unary(island, op.type, op.alpha);
}
void island_step(const Island& island, const Clip& op) {
  add_unary(island, op.type, op.min, op.max);
}
void island_step(const Island& island, const HardSigmoid& op) {
  add_unary(island, op.type, op.alpha, op.beta);
}

template <any_of<Add, Mul> Type>
void island_step(const Island& island, const Type& op) {
  add_binary(island, op.type, {island.x[0], island.x[1], island.y});
  activate(island, op.activation);
}
template <any_of<Sub, Div, Pow, Max, Min, PRelu> Type>
void island_step(const Island& island, const Type& op) {
  add_binary(island, op.type, {island.x[0], island.x[1], island.y});
}

void island_step(const Island& island, const Softmax& op) {
  AxisView view = axis_view(island.y_shape(), op.axis);
  if (op.flatten) view = {.outer = view.outer, .size = view.size * view.inner};
  island.add(FloatSoftmax{.x = island.x[0], .y = island.y, .view = view});
}

void island_step(const Island& island, const LRN& op) {
  island.add(FloatLocalResponse{
      .x = island.x[0],
      .y = island.y,
      .params = {.alpha = op.alpha, .beta = op.beta, .bias = op.bias, .size = op.size},
      .view = axis_view(island.y_shape(), 1)});
}

template <any_of<MaxPool, GlobalMaxPool, AveragePool> Type>
void island_step(const Island& island, const Type& op) {
  const Shape& y = island.y_shape();
  FloatPool step{
      .x = island.x[0],
      .y = island.y,
      .pooling = {.window = spatial_window(op, island.x_shape(), y), .planes = y[0] * y[1]}};
  if constexpr (std::is_same_v<Type, AveragePool>) {
    step.average = true;
    step.count_padding = op.count_include_pad;
  }
  island.add(step);
}

void add_reduction(const Island& island, std::span<const std::int64_t> axes, bool mean) {
  island.add(FloatReduce{.x = island.x[0],
                         .y = island.y,
                         .reduction = plan_reduction(island.x_shape(), axes),
                         .mean = mean});
}
void island_step(const Island& island, const ReduceMean& op) {
  add_reduction(island, op.axes, true);
}
void island_step(const Island& island, const ReduceSum& op) {
  add_reduction(island, op.axes, false);
}
void island_step(const Island& island, const GlobalAveragePool& /*op*/) {
  std::vector<std::int64_t> axes(island.x_shape().size() - 2);
  std::iota(axes.begin(), axes.end(), 2);
  add_reduction(island, axes, true);
}

template <any_of<Concat, Slice, Pad, Reshape, Flatten, Squeeze, Unsqueeze, Transpose, Expand,
                 DepthToSpace>
              Type>
void island_step(const Island& island, const Type& op) {
  add_moves(island.builder, op, island.x, std::span(&island.y, 1));
}

void island_step(const Island& island, const Gather& op) {
  const Value& indices = island.builder.value(island.node.inputs[1]);
  if (!indices.constant) {
    fail("node '{}': the indices of a Gather are computed, which the engine does not do",
         island.node.name);
  }
  add_move(island.builder, island.x[0], island.y,
           move_of(op, island.x_shape(), indices.constant->view<std::int64_t>()));
}

void island_step(const Island& island, const Resize& op) {
  if (op.mode == ResizeMode::nearest) {
    add_moves(island.builder, op, island.x, std::span(&island.y, 1));
    return;
  }
  // Copies: new buffers move those that are there.
  const Shape x = island.x_shape();
  const Shape y = island.y_shape();
  std::vector<ResizedAxis> axes = interpolated_axes(op, x, y);
  if (axes.empty()) add_moves(island.builder, Identity{}, island.x, std::span(&island.y, 1));
  Shape shape = x;
  BufferId source = island.x[0];
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const AxisView view = axis_view(shape, static_cast<std::int64_t>(axes[i].axis));
    shape[axes[i].axis] = y[axes[i].axis];
    const BufferId target =
        i + 1 == axes.size() ? island.y
                             : new_float_buffer(island.builder, island.node.name + " axis", shape);
    island.add(FloatInterpolate{
        .x = source, .y = target, .interpolation = std::move(axes[i].plan), .view = view});
    source = target;
  }
}

template <any_of<Cast, Identity, Quantize, Split, QuantizeLinear, DequantizeLinear, Foreign> Type>
void island_step(const Island& island, const Type& op) {
  fail("node '{}': the engine does not compute {}", island.node.name, type_name(op));
}

bool passes_on(const Op& op) {
  const auto* cast = std::get_if<Cast>(&op);
  return is_one_of<Identity, Quantize>(op) || (cast != nullptr && cast->to == DType::f32);
}

// Floats of the operands; Gather's indices are a table of the step.
std::vector<BufferId> operands_of(PlanBuilder& builder, const IntegerNode& node, const Op& op) {
  std::vector<BufferId> operands;
  for (const ValueId id : node.inputs) {
    if (std::holds_alternative<Gather>(op) && !operands.empty()) break;
    operands.push_back(floats_of(builder, id));
  }
  return operands;
}

}  // namespace

void add_binary(const Island& island, std::string_view function, const BinaryOperands& operands) {
  island.add(
      FloatBinary{.a = operands.a,
                  .b = operands.b,
                  .y = operands.y,
                  .function = std::string(function),
                  .broadcast = broadcast(island.shape(operands.a), island.shape(operands.b))});
}

void activate(const Island& island, const Activation& activation) {
  if (activation == Activation{}) return;
  island.add(FloatUnary{.x = island.y,
                        .y = island.y,
                        .function = "Clip",
                        .alpha = activation.lo,
                        .beta = activation.hi});
}

void compile(PlanBuilder& builder, const IntegerNode& node, const FloatNode& op) {
  const std::vector<BufferId> operands = operands_of(builder, node, op.op);
  if (passes_on(op.op)) {
    builder.floats[index(node.outputs[0])] = operands[0];
  } else {
    std::vector<BufferId> results;
    for (const ValueId id : node.outputs) results.push_back(new_floats(builder, id));
    if (std::holds_alternative<Split>(op.op)) {
      add_moves(builder, op.op, operands, results);
    } else {
      const Island island{builder, node, operands, results[0]};
      std::visit([&](const auto& each) { island_step(island, each); }, op.op);
    }
  }
  for (const ValueId id : node.outputs) finish_floats(builder, id);
}

}  // namespace vernier
