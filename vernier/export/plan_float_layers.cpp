// Float layers: what costs the most where a network stays in float.

#include "vernier/export/island.h"
#include "vernier/loops/axis_view.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

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
  add_binary(island, "Mul", {x, scale, y});
  return y;
}

template <typename Type>
void add_convolution(const Island& island, const Type& op) {
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
  if (island.x.size() == 4) add_binary(island, "Add", {island.y, island.x[3], island.y});
  activate(island, op.activation);
}

MatrixStrides matrix_strides(std::int64_t columns, bool transposed) {
  return transposed ? MatrixStrides{1, columns} : MatrixStrides{columns, 1};
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

}  // namespace

void island_step(const Island& island, const Conv& op) { add_convolution(island, op); }

void island_step(const Island& island, const ConvTranspose& op) { add_convolution(island, op); }

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
  const BufferId left = scaled(island, product, op.alpha);
  const BufferId right = scaled(island, island.x[2], op.beta);
  add_binary(island, "Add", {left, right, island.y});
  activate(island, op.activation);
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

}  // namespace vernier
