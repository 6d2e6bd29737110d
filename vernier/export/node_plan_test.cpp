#include "vernier/export/node_plan.h"

#include <map>

#include <gtest/gtest.h>

#include "vernier/engine/engine.h"
#include "vernier/reference/exact.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

class NodeByNode : public testing::TestWithParam<int> {};

// Every value of a network, each computed from what other plans left.
class Values {
 public:
  explicit Values(const IntegerGraph& network)
      : network_(network), buffers_(kept_buffers(network)), memory_(buffers_.size()) {}

  void set_input(const Tensor& input) {
    const ValueId id = network_.graph.inputs[0];
    const NodePlan plan = compile_input(network_, id);
    AlignedBytes floats(input.bytes().begin(), input.bytes().end());
    Engine engine(plan.plan);
    engine.bind(*plan.inputs[0], floats.data());
    run(engine, plan, std::span(&id, 1));
  }

  void compute(const IntegerNode& node) {
    const NodePlan plan = compile_node(network_, node);
    Engine engine(plan.plan);
    bind_inputs(engine, plan, node);
    run(engine, plan, node.outputs);
  }

  /// The bare sums of a layer, dense.
  Tensor sums(const IntegerNode& layer, const std::vector<float>& scales) {
    const NodePlan plan = compile_sums(network_, layer, scales);
    Engine engine(plan.plan);
    bind_inputs(engine, plan, layer);
    run(engine, plan, {});
    return engine.value(plan.outputs[0]);
  }

  Tensor operator[](ValueId id) const {
    return dense(buffers_[index(id)], memory_[index(id)].data());
  }

 private:
  void bind_inputs(Engine& engine, const NodePlan& plan, const IntegerNode& node) {
    for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
      if (plan.inputs[i]) engine.bind(*plan.inputs[i], memory_[index(node.inputs[i])].data());
    }
  }

  void run(Engine& engine, const NodePlan& plan, std::span<const ValueId> outputs) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const Buffer& buffer = buffers_[index(outputs[i])];
      const std::int64_t bytes = buffer.size * byte_size(buffer.element) + slack_bytes;
      memory_[index(outputs[i])] = AlignedBytes(static_cast<std::size_t>(bytes));
      engine.bind(plan.outputs[i], memory_[index(outputs[i])].data());
    }
    engine.run(std::span<const std::span<const float>>{}, std::span<const std::span<float>>{});
  }

  const IntegerGraph& network_;
  std::vector<Buffer> buffers_;
  std::vector<AlignedBytes> memory_;
};

RandomSpecs specs_of(int seed) {
  constexpr IntRange activations[] = {{0, 255}, {-128, 127}, {-2048, 2047}};
  return {.activation = {.range = activations[seed % 3], .symmetric = seed % 3 != 0},
          .weight = {.range = {-127, 127}, .granularity = Granularity::per_channel}};
}

/// A random network, an input, and what the reference makes of it.
struct Case {
  IntegerGraph network;
  Tensor input;
  std::vector<Tensor> exact;

  explicit Case(int seed) {
    RandomNetwork random(static_cast<std::uint64_t>(seed), specs_of(seed));
    network = lower(random.make(9));
    input = random.random_input(1);
    exact = run_exact_values(network, std::span(&input, 1));
  }
};

TEST_P(NodeByNode, IsTheWholeNetwork) {
  const auto& [network, input, exact] = Case(GetParam());
  Values values(network);
  values.set_input(input);
  for (const IntegerNode& node : network.nodes) {
    values.compute(node);
    for (const ValueId id : node.outputs) {
      EXPECT_EQ(values[id].bytes().size(), exact[index(id)].bytes().size());
      EXPECT_TRUE(std::ranges::equal(values[id].bytes(), exact[index(id)].bytes()))
          << "value " << network.graph[id].name << " of node " << node.name;
    }
  }
}

TEST_P(NodeByNode, TheSumsOfALayerAreThoseOfItsProducts) {
  const auto& [network, input, exact] = Case(GetParam());
  Values values(network);
  values.set_input(input);
  for (const IntegerNode& node : network.nodes) {
    values.compute(node);
    const auto* layer = std::get_if<IntegerLinear>(&node.op);
    if (layer == nullptr) continue;
    const std::vector<float> scales(layer->bias.size(), 0.5F);
    const Tensor sums = values.sums(node, scales);
    // The same layer in the reference: no bias, no residual, floats as its result.
    IntegerGraph bare = network;
    IntegerLinear op = *layer;
    op.bias.assign(op.bias.size(), 0);
    op.requantizers.clear();
    op.output_scales = scales;
    op.activation = {};
    bare.formats[index(node.outputs[0])].reset();
    const IntegerNode twin{
        .name = node.name, .op = op, .inputs = {node.inputs[0]}, .outputs = node.outputs};
    const Tensor expected = run_exact_node(bare, twin, exact)[0];
    EXPECT_TRUE(std::ranges::equal(sums.view<float>(), expected.view<float>())) << node.name;
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, NodeByNode, testing::Range(0, 60));

}  // namespace
}  // namespace vernier
