// Float islands: the same loops in the same order as reference/evaluate, on dense buffers.

#include <algorithm>
#include <numeric>

#include "vernier/export/plan_builder.h"
#include "vernier/loops/axis_view.h"
#include "vernier/reference/moves.h"
#include "vernier/reference/resize_axes.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

// A node between its buffers; x holds the floats of every operand.
struct Island {
  PlanBuilder& builder;
  const IntegerNode& node;
  std::vector<BufferId> x;
  BufferId y{};

  const Shape& shape(BufferId id) const { return builder.buffer(id).shape; }
  const Shape& x_shape() const { return shape(x[0]); }
  const Shape& y_shape() const { return shape(y); }
  void add(StepOp op) const { builder.add(std::move(op)); }
};

void add_unary(const Island& island, std::string_view name, float alpha = 0.0F, float beta = 0.0F) {
  island.add(FloatUnary{.x = island.x[0],
                        .y = island.y,
                        .function = std::string(name),
                        .alpha = alpha,
                        .beta = beta});
}

void add_binary(const Island& island, std::string_view name, BufferId a, BufferId b, BufferId y) {
  island.add(FloatBinary{.a = a,
                         .b = b,
                         .y = y,
                         .function = std::string(name),
                         .broadcast = broadcast(island.shape(a), island.shape(b))});
}

void activate(const Island& island, const Activation& activation) {
  if (activation == Activation{}) return;
  island.add(FloatUnary{.x = island.y,
                        .y = island.y,
                        .function = "Clip",
                        .alpha = activation.lo,
                        .beta = activation.hi});
}

// x * factor, in place or into a buffer of its own.
BufferId scaled(const Island& island, BufferId x, float factor) {
  if (factor == 1.0F) return x;
  PlanBuilder& builder = island.builder;
  const BufferId scale = new_float_buffer(builder, fmt::format("{} factor", island.node.name), {});
  Buffer& buffer = builder.plan.buffers[index(scale)];
  buffer.place = Place::constants;
  buffer.offset = add_constants(builder.plan, std::span<const float>(&factor, 1));
  const BufferId y = new_float_buffer(builder, fmt::format("{} scaled", builder.buffer(x).name),
                                      Shape(island.shape(x)));
  add_binary(island, "Mul", x, scale, y);
  return y;
}

// ---- Overloads, grouped as in op.h. `Unsupported` is what the engine does not compute.

template <typename Type, typename... Types>
concept any_of = (std::is_same_v<Type, Types> || ...);

template <any_of<Conv, ConvTranspose> Type>
void island_step(const Island& island, const Type& op) {
  const Shape& weight = island.shape(island.x[1]);
  const Window window =
      spatial_window(op, island.x_shape(), island.y_shape(), std::span(weight).subspan(2));
  island.add(FloatConvolve{.x = island.x[0],
                           .weight = island.x[1],
                           .bias = island.x[2],
                           .y = island.y,
                           .convolution = {.window = window,
                                           .batch = island.x_shape()[0],
                                           .channels_in = island.x_shape()[1],
                                           .channels_out = island.y_shape()[1],
                                           .group = op.group},
                           .transposed = std::is_same_v<Type, ConvTranspose>});
  if (island.x.size() == 4) add_binary(island, "Add", island.y, island.x[3], island.y);
  activate(island, op.activation);
}

MatrixStrides matrix_strides(std::int64_t columns, bool transposed) {
  return transposed ? MatrixStrides{1, columns} : MatrixStrides{columns, 1};
}

void island_step(const Island& island, const Gemm& op) {
  const Shape a = island.x_shape();
  const Shape b = island.shape(island.x[1]);
  const BufferId product = op.alpha == 1.0F
                               ? island.y
                               : new_float_buffer(island.builder, island.node.name + " product",
                                                  Shape(island.y_shape()));
  island.add(FloatProduct{.a = island.x[0],
                          .b = island.x[1],
                          .y = product,
                          .product = {.m = island.y_shape()[0],
                                      .n = island.y_shape()[1],
                                      .k = a[op.transA != 0 ? 0 : 1],
                                      .a = matrix_strides(a[1], op.transA != 0),
                                      .b = matrix_strides(b[1], op.transB != 0)},
                          .a_first = {0},
                          .b_first = {0}});
  add_binary(island, "Add", scaled(island, product, op.alpha), scaled(island, island.x[2], op.beta),
             island.y);
  activate(island, op.activation);
}

// Where each matrix of a stack begins, under broadcasting to the stack of the result.
std::vector<std::int64_t> matrix_starts(const Shape& stack, const Shape& result,
                                        std::int64_t size) {
  const Shape ones(result.size() - stack.size(), 1);
  Shape sizes = ones;
  sizes.insert(sizes.end(), stack.begin(), stack.end());
  const std::vector<std::int64_t> dense = dense_strides(sizes);
  std::vector<std::int64_t> starts = {0};
  for (std::size_t axis = 0; axis < result.size(); ++axis) {
    std::vector<std::int64_t> next;
    for (const std::int64_t start : starts) {
      for (std::int64_t i = 0; i < result[axis]; ++i) {
        next.push_back(start + (sizes[axis] == 1 ? 0 : i * dense[axis] * size));
      }
    }
    starts = std::move(next);
  }
  return starts;
}

void island_step(const Island& island, const MatMul& /*op*/) {
  // A vector on the left is a row, on the right a column; the result has no axis for it.
  Shape a = island.x_shape();
  Shape b = island.shape(island.x[1]);
  const Shape& y = island.y_shape();
  const std::ptrdiff_t kept = std::ssize(y) - (a.size() > 1 ? 1 : 0) - (b.size() > 1 ? 1 : 0);
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const std::int64_t m = a[a.size() - 2];
  const std::int64_t n = b.back();
  const std::int64_t k = a.back();
  const Shape stack(y.begin(), y.begin() + kept);
  island.add(FloatProduct{.a = island.x[0],
                          .b = island.x[1],
                          .y = island.y,
                          .product = {.m = m, .n = n, .k = k, .a = {k, 1}, .b = {n, 1}},
                          .a_first = matrix_starts({a.begin(), a.end() - 2}, stack, m * k),
                          .b_first = matrix_starts({b.begin(), b.end() - 2}, stack, k * n)});
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
  add_binary(island, op.type, island.x[0], island.x[1], island.y);
  activate(island, op.activation);
}
template <any_of<Sub, Div, Pow, Max, Min, PRelu> Type>
void island_step(const Island& island, const Type& op) {
  add_binary(island, op.type, island.x[0], island.x[1], island.y);
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
  island.add(std::move(step));
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
