#include "bench/onednn_alone.h"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <vector>

#include <omp.h>

#include "vernier/base/error.h"
#include "vernier/compute/onednn.h"
#include "vernier/ir/shapes.h"

#include "bench/now_ms.h"

namespace vernier {
namespace {

using dnnl::algorithm;

constexpr auto inference = dnnl::prop_kind::forward_inference;

struct Primitive {
  dnnl::primitive primitive;
  std::unordered_map<int, dnnl::memory> memories;
  double least_ms = std::numeric_limits<double>::infinity();
};

template <typename Function>
Primitive with_memory(const typename Function::primitive_desc& description,
                      std::unordered_map<int, Layout> layouts, const dnnl::engine& engine) {
  layouts.insert({{DNNL_ARG_SRC, description.src_desc()},
                  {DNNL_ARG_DST, description.dst_desc()},
                  {DNNL_ARG_SCRATCHPAD, description.scratchpad_desc()}});
  Primitive result = {.primitive = Function(description), .memories = {}};
  for (const auto& [role, layout] : layouts) {
    const dnnl::memory memory(layout, engine);
    std::fill_n(static_cast<char*>(memory.get_data_handle()), layout.get_size(), '\0');
    result.memories.emplace(role, memory);
  }
  return result;
}

template <typename Function>
Primitive layer(const typename Function::primitive_desc& description, const dnnl::engine& engine) {
  return with_memory<Function>(
      description,
      {{DNNL_ARG_WEIGHTS, description.weights_desc()}, {DNNL_ARG_BIAS, description.bias_desc()}},
      engine);
}

// Shapes of the inputs and of the output of a node, and the layout in which its first input comes.
struct Operands {
  std::vector<Shape> x;
  Shape y;
  Layout source;
};

Primitive make(const Conv& op, const Operands& operands, const dnnl::engine& engine) {
  const auto& x = operands.x;
  return layer<dnnl::convolution_forward>(
      describe<dnnl::convolution_forward>(
          engine, attributes(op.activation, x.size() == 4), inference,
          algorithm::convolution_direct, any_layout(x[0]), any_layout(x[1]), any_layout(x[2]),
          any_layout(operands.y), op.strides, Ints(op.pads.begin(), op.pads.begin() + 2),
          Ints(op.pads.begin() + 2, op.pads.end())),
      engine);
}

Primitive make(const Gemm& op, const Operands& operands, const dnnl::engine& engine) {
  const auto& x = operands.x;
  return layer<dnnl::inner_product_forward>(
      describe<dnnl::inner_product_forward>(engine, attributes(op.activation), inference,
                                            any_layout(x[0]), any_layout(x[1]), any_layout(x[2]),
                                            any_layout(operands.y)),
      engine);
}

Primitive pooling(const MaxPool& op, algorithm kind, const Operands& operands,
                  const dnnl::engine& engine) {
  const auto description = describe<PoolingForward>(
      engine, attributes(), inference, kind, operands.source, any_layout(operands.y), op.strides,
      op.kernel_shape, Ints{0, 0}, Ints(op.pads.begin(), op.pads.begin() + 2),
      Ints(op.pads.begin() + 2, op.pads.end()));
  return with_memory<PoolingForward>(description, {}, engine);
}

Primitive make(const MaxPool& op, const Operands& operands, const dnnl::engine& engine) {
  return pooling(op, algorithm::pooling_max, operands, engine);
}

Primitive make(const GlobalAveragePool& /*op*/, const Operands& operands,
               const dnnl::engine& engine) {
  const Ints plane(operands.x[0].begin() + 2, operands.x[0].end());
  return pooling({.kernel_shape = plane}, algorithm::pooling_avg_exclude_padding, operands, engine);
}

template <typename Type>
Primitive make(const Type& op, const Operands& /*operands*/, const dnnl::engine& /*engine*/) {
  fail("the benchmark has no primitive for {}", op.type);
}

double run_ms(const Primitive& primitive, dnnl::stream& stream, int threads) {
  const double start = now_ms(threads);
  primitive.primitive.execute(stream, primitive.memories);
  stream.wait();
  return now_ms(threads) - start;
}

}  // namespace

struct OnednnAlone::State {
  int threads;
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  std::vector<Primitive> primitives;
};

OnednnAlone::OnednnAlone(Graph graph, std::int64_t batch, int threads)
    : state_(std::make_unique<State>(State{.threads = threads, .primitives = {}})) {
  omp_set_num_threads(threads);
  infer_shapes(graph, batch);
  std::vector<Layout> layouts(graph.values.size());
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<Flatten>(node.op)) continue;
    Operands operands = {
        .x = {}, .y = graph[node.outputs[0]].shape, .source = layouts[index(node.inputs[0])]};
    for (const ValueId id : node.inputs) operands.x.push_back(graph[id].shape);
    state_->primitives.push_back(
        std::visit([&](const auto& op) { return make(op, operands, state_->engine); }, node.op));
    layouts[index(node.outputs[0])] =
        state_->primitives.back().memories.at(DNNL_ARG_DST).get_desc();
  }
}

OnednnAlone::~OnednnAlone() = default;

void OnednnAlone::measure() {
  omp_set_num_threads(state_->threads);
  for (Primitive& each : state_->primitives) {
    run_ms(each, state_->stream, state_->threads);
    each.least_ms = std::min(each.least_ms, run_ms(each, state_->stream, state_->threads));
  }
}

double OnednnAlone::milliseconds() const {
  double sum = 0.0;
  for (const Primitive& each : state_->primitives) sum += each.least_ms;
  return sum;
}

}  // namespace vernier
