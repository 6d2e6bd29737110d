// Steps of float islands: the sizes that the loops take must be those of the buffers.

#include <algorithm>
#include <numeric>

#include "vernier/engine/verify.h"
#include "vernier/engine/walk.h"
#include "vernier/loops/unary.h"

namespace vernier {
namespace {

// Taps of one window at most, and numbers of a window in general.
constexpr std::int64_t most_taps = std::int64_t{1} << 24;
constexpr std::int64_t most_window = std::int64_t{1} << 28;

void expect_floats(const Buffer& buffer, std::int64_t size, std::string_view what) {
  if (buffer.element != Element::f32 || buffer.size != size) {
    fail("{} is {} [{}], expected f32 [{}]", what, enum_name(buffer.element), buffer.size, size);
  }
}

std::int64_t product(std::initializer_list<std::int64_t> sizes) {
  return std::accumulate(sizes.begin(), sizes.end(), std::int64_t{1}, bounded_product);
}

std::int64_t product(const Window::Axes& sizes) { return product({sizes[0], sizes[1], sizes[2]}); }

void expect_view(const AxisView& view) {
  for (const std::int64_t size : {view.outer, view.size, view.inner}) {
    expect_between(size, 1, most_size, "view");
  }
}

std::int64_t elements(const AxisView& view) { return product({view.outer, view.size, view.inner}); }

// A step from x to y of the same sizes.
void expect_same(const Plan& plan, BufferId x, BufferId y, std::int64_t size) {
  expect_floats(readable(plan, x, "x"), size, "x");
  expect_floats(writable(plan, y, "y"), size, "y");
}

template <typename Table>
void expect_function(const Table& table, std::string_view name) {
  if (std::ranges::none_of(table, [&](const auto& each) { return each.name == name; })) {
    fail("there is no function '{}'", name);
  }
}

void expect_broadcast(const Broadcast& broadcast, const std::vector<std::int64_t>& strides,
                      const Buffer& operand) {
  std::vector<Loop> loops;
  for (std::size_t i = 0; i < strides.size(); ++i) {
    loops.push_back({broadcast.sizes[i], strides[i]});
  }
  expect_inside(0, loops, operand.size, "an operand");
}

void expect_matrix(const MatrixStrides& strides, Loop rows, Loop columns,
                   std::span<const std::int64_t> firsts, const Buffer& buffer) {
  rows.stride = strides.row;
  columns.stride = strides.column;
  for (const std::int64_t first : firsts) {
    expect_inside(first, std::vector<Loop>{rows, columns}, buffer.size, "a matrix");
  }
}

void expect_offsets(std::span<const std::int64_t> offsets, std::int64_t size) {
  for (const std::int64_t offset : offsets) expect_between(offset, 0, size - 1, "an offset");
}

}  // namespace

void expect_window(const Window& window) {
  for (std::size_t axis = 0; axis < 3; ++axis) {
    for (const auto* sizes :
         {&window.fine, &window.coarse, &window.kernel, &window.strides, &window.dilations}) {
      expect_between((*sizes)[axis], 1, most_window, "window");
    }
    expect_between(window.pads[axis], 0, most_window, "pads");
    expect_between(window.end_pads[axis], 0, most_window, "end_pads");
  }
  expect_between(product(window.kernel), 1, most_taps, "number of taps");
}

void verify_step(const Plan& plan, const FloatUnary& step) {
  expect_function(unary_functions(), step.function);
  expect_same(plan, step.x, step.y, readable(plan, step.x, "x").size);
}

void verify_step(const Plan& plan, const FloatBinary& step) {
  const Broadcast& broadcast = step.broadcast;
  const Buffer& a = readable(plan, step.a, "a");
  const Buffer& b = readable(plan, step.b, "b");
  expect_function(binary_functions(), step.function);
  expect_between(static_cast<std::int64_t>(broadcast.sizes.size()), 1, most_loops,
                 "number of loops");
  expect(broadcast.a_strides.size() == broadcast.sizes.size() &&
             broadcast.b_strides.size() == broadcast.sizes.size(),
         "strides and sizes do not fit together");
  std::int64_t size = 1;
  for (const std::int64_t each : broadcast.sizes) {
    expect_between(each, 1, most_size, "sizes");
    size = bounded_product(size, each);
  }
  expect_floats(writable(plan, step.y, "y"), size, "y");
  expect_floats(a, a.size, "a");
  expect_floats(b, b.size, "b");
  expect_broadcast(broadcast, broadcast.a_strides, a);
  expect_broadcast(broadcast, broadcast.b_strides, b);
  // The innermost loop knows neighbours and repeated elements only, and not both repeated.
  const std::int64_t a_step = broadcast.a_strides.back();
  const std::int64_t b_step = broadcast.b_strides.back();
  expect(broadcast.sizes.back() == 1 || (a_step <= 1 && b_step <= 1 && a_step + b_step >= 1),
         "the last strides are not 0 or 1");
}

void verify_step(const Plan& plan, const FloatConvolve& step) {
  const Convolution& c = step.convolution;
  expect_window(c.window);
  for (const std::int64_t size : {c.batch, c.channels_in, c.channels_out, c.group}) {
    expect_between(size, 1, most_window, "sizes");
  }
  expect(c.channels_in % c.group == 0 && c.channels_out % c.group == 0,
         "the channels do not divide into groups");
  const std::int64_t fine = product(c.window.fine);
  const std::int64_t coarse = product(c.window.coarse);
  expect_floats(readable(plan, step.x, "x"),
                product({c.batch, c.channels_in, step.transposed ? coarse : fine}), "x");
  expect_floats(writable(plan, step.y, "y"),
                product({c.batch, c.channels_out, step.transposed ? fine : coarse}), "y");
  expect_floats(readable(plan, step.weight, "weight"),
                product({c.channels_in / c.group, c.channels_out, c.window.taps()}), "weight");
  expect_floats(readable(plan, step.bias, "bias"), c.channels_out, "bias");
}

void verify_step(const Plan& plan, const FloatProduct& step) {
  const MatrixProduct& p = step.product;
  const Buffer& a = readable(plan, step.a, "a");
  const Buffer& b = readable(plan, step.b, "b");
  expect(!step.a_first.empty() && step.a_first.size() == step.b_first.size(),
         "a_first and b_first do not fit together");
  for (const std::int64_t size : {p.m, p.n, p.k}) expect_between(size, 1, most_size, "sizes");
  expect_floats(writable(plan, step.y, "y"),
                product({p.m, p.n, static_cast<std::int64_t>(step.a_first.size())}), "y");
  expect_floats(a, a.size, "a");
  expect_floats(b, b.size, "b");
  expect_matrix(p.a, {.count = p.m}, {.count = p.k}, step.a_first, a);
  expect_matrix(p.b, {.count = p.k}, {.count = p.n}, step.b_first, b);
  expect(p.k <= std::max(a.size, b.size), "k is larger than the operands");
}

void verify_step(const Plan& plan, const FloatReduce& step) {
  const Buffer& x = readable(plan, step.x, "x");
  expect_floats(x, x.size, "x");
  expect(!step.reduction.kept.empty() && !step.reduction.reduced.empty(), "nothing to reduce");
  expect_floats(writable(plan, step.y, "y"), static_cast<std::int64_t>(step.reduction.kept.size()),
                "y");
  expect_offsets(step.reduction.kept, x.size);
  expect_offsets(step.reduction.reduced, x.size);
  expect(std::ranges::max(step.reduction.kept) + std::ranges::max(step.reduction.reduced) < x.size,
         "an offset leads out of x");
}

void verify_step(const Plan& plan, const FloatSoftmax& step) {
  expect_view(step.view);
  expect_same(plan, step.x, step.y, elements(step.view));
}

void verify_step(const Plan& plan, const FloatLocalResponse& step) {
  expect_view(step.view);
  expect_between(step.params.size, 1, most_size, "channels");
  expect_same(plan, step.x, step.y, elements(step.view));
}

void verify_step(const Plan& plan, const FloatBatchNorm& step) {
  expect_view(step.view);
  expect_same(plan, step.x, step.y, elements(step.view));
  for (const BufferId id : {step.scale, step.bias, step.mean, step.variance}) {
    expect_floats(readable(plan, id, "statistics"), step.view.size, "statistics");
  }
}

void verify_step(const Plan& plan, const FloatPool& step) {
  const Pooling& pooling = step.pooling;
  expect_window(pooling.window);
  expect_between(pooling.planes, 1, most_size, "planes");
  expect_floats(readable(plan, step.x, "x"),
                product({pooling.planes, product(pooling.window.fine)}), "x");
  expect_floats(writable(plan, step.y, "y"),
                product({pooling.planes, product(pooling.window.coarse)}), "y");
}

void verify_step(const Plan& plan, const FloatInterpolate& step) {
  const AxisInterpolation& plan_of_axis = step.interpolation;
  expect_view(step.view);
  const auto size = static_cast<std::int64_t>(plan_of_axis.constants.size());
  const std::int64_t taps = plan_of_axis.taps;
  expect_between(taps, 1, 4, "taps");
  expect(static_cast<std::int64_t>(plan_of_axis.indices.size()) == taps * size &&
             static_cast<std::int64_t>(plan_of_axis.weights.size()) == taps * size,
         "taps, indices and weights do not fit together");
  expect_offsets(plan_of_axis.indices, step.view.size);
  expect_floats(readable(plan, step.x, "x"), elements(step.view), "x");
  expect_floats(writable(plan, step.y, "y"), product({step.view.outer, size, step.view.inner}),
                "y");
}

}  // namespace vernier
