#include "vernier/reference/exact.h"

#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/ir/text.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

constexpr auto per_channel = Granularity::per_channel;

const RandomSpecs u8_specs = {.activation = {.range = {0, 255}, .symmetric = false},
                              .weight = {.range = {-127, 127}, .granularity = per_channel},
                              .share_of_points = 0.9};
const RandomSpecs s8_specs = {.activation = {.range = {-128, 127}},
                              .weight = {.range = {0, 255}, .symmetric = false},
                              .requantization = Requantization::dyadic,
                              .share_of_points = 0.9};

// What a value stands for.
Tensor real_of(const IntegerGraph& network, const std::vector<Tensor>& values, ValueId id) {
  const auto& constant = network.graph[id].constant;
  const auto& format = network.formats[index(id)];
  if (constant && !format) return *constant;
  const Tensor& value = values[index(id)];
  if (!format) return value;
  Tensor real(DType::f32, value.shape());
  for (std::size_t i = 0; i < real.edit<float>().size(); ++i) {
    real.edit<float>()[i] = dequantize(value.view<std::int32_t>()[i], format->params);
  }
  return real;
}

// The weight of a layer as the floats that its integers stand for; its bias rounded to int32.
std::vector<Tensor> layer_constants(const QuantGraph& model, const IntegerGraph& network,
                                    const Node& node, const IntegerLinear& layer) {
  const QuantPoint& point = model.points.at(node.inputs[1]);
  Tensor weight = *model.graph[node.inputs[1]].constant;
  fake_quantize_channels(weight.edit<float>(), point.params, point.spec);
  Tensor bias = *model.graph[node.inputs[2]].constant;
  const float x_scale = network.formats[index(node.inputs[0])]->params.scale;
  for (std::size_t i = 0; i < layer.bias.size(); ++i) {
    const float scale = point.params[point.params.size() > 1 ? i : 0].scale;
    bias.edit<float>()[i] = static_cast<float>(layer.bias[i]) * x_scale * scale;
  }
  return {weight, bias};
}

std::vector<Tensor> operands_of(const QuantGraph& model, const IntegerGraph& network,
                                const std::vector<Tensor>& values, std::size_t number) {
  const IntegerNode& node = network.nodes[number];
  std::vector<Tensor> operands;
  for (const ValueId id : node.inputs) operands.push_back(real_of(network, values, id));
  if (const auto* layer = std::get_if<IntegerLinear>(&node.op)) {
    for (const Node& original : model.graph.nodes) {
      if (original.name != node.name) continue;
      const std::vector<Tensor> constants = layer_constants(model, network, original, *layer);
      operands.insert(operands.begin() + 1, constants.begin(), constants.end());
    }
  }
  return operands;
}

const Op& float_op(const QuantGraph& model, const std::string& name) {
  static const Op identity = Identity{};  // a change of parameters
  for (const Node& node : model.graph.nodes) {
    if (node.name == name) return node.op;
  }
  return identity;
}

// Every node, on what exact fed it, against the float operator: at most one step apart, because the
// integer result is that of the same reals, rounded once.
void expect_close_nodes(const RandomSpecs& specs, std::uint64_t seed) {
  RandomNetwork maker(seed, specs);
  const QuantGraph model = maker.make(6);
  const IntegerGraph network = lower(model);
  const std::vector<Tensor> inputs = {maker.random_input(1)};
  const std::vector<Tensor> values = run_exact_values(network, inputs);
  for (std::size_t i = 0; i < network.nodes.size(); ++i) {
    const IntegerNode& node = network.nodes[i];
    const Tensor expected =
        evaluate(float_op(model, node.name), operands_of(model, network, values, i))[0];
    const ValueId id = node.outputs[0];
    const auto& format = network.formats[index(id)];
    const Tensor actual = real_of(network, values, id);
    ASSERT_EQ(actual.shape(), expected.shape()) << node.name;
    for (std::size_t j = 0; j < actual.view<float>().size(); ++j) {
      const float exact = actual.view<float>()[j];
      const float real = expected.view<float>()[j];
      if (format) {
        ASSERT_LE(std::abs(quantize(exact, format->params, {.range = format->range}) -
                           quantize(real, format->params, {.range = format->range})),
                  1)
            << node.name << " of network " << seed << ": " << exact << ", in float " << real;
      } else {
        ASSERT_NEAR(exact, real, 1e-4F * (1.0F + std::abs(real))) << node.name;
      }
    }
  }
}

TEST(Exact, EveryNodeIsWithinOneStepOfItsFloatOperator) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_close_nodes(u8_specs, seed));
    ASSERT_NO_FATAL_FAILURE(expect_close_nodes(s8_specs, 1000 + seed));
  }
}

TEST(Exact, ABatchIsItsImagesOneByOne) {
  RandomNetwork maker(5, u8_specs);
  const IntegerGraph network = lower(maker.make(6));
  const Tensor both = maker.random_input(2);
  const Tensor result = run_exact(network, {{both}})[0];
  Shape shape = both.shape();
  shape[0] = 1;
  const auto half = static_cast<std::size_t>(element_count(shape));
  for (std::size_t image = 0; image < 2; ++image) {
    const Tensor one = Tensor::of<float>(shape, both.view<float>().subspan(image * half, half));
    const Tensor alone = run_exact(network, {{one}})[0];
    const auto part = result.view<float>().subspan(image * alone.view<float>().size(),
                                                   alone.view<float>().size());
    EXPECT_TRUE(std::ranges::equal(alone.view<float>(), part)) << "image " << image;
  }
}

// Numbers small enough to follow: x = {3, -2} at scale 0.5, w = {4, 5} at 0.25, bias 1 = 8 steps of
// 0.125; the sum is 8 + 12 - 10 = 10 steps, 1.25, 2.5 steps of 0.5: rounded to even, 2.
TEST(Exact, FollowsTheArithmeticOfOneLayer) {
  const QuantGraph model = quant_graph_from_text(
      "input x: f32[1,2]\n"
      "const w: f32[1,2] = [1 1.25]\n"
      "const b: f32[1] = [1]\n"
      "y = Gemm(x, w, b) transB=1\n"
      "return y\n"
      "point x: range=[-128,127] scale=[0.5] zero_point=[0]\n"
      "point w: range=[-127,127] scale=[0.25] zero_point=[0]\n"
      "point y: range=[-128,127] scale=[0.5] zero_point=[0]\n");
  const IntegerGraph network = lower(model);
  const auto& layer = std::get<IntegerLinear>(network.nodes[0].op);
  EXPECT_EQ(layer.bias, std::vector<std::int32_t>{8});
  EXPECT_EQ(layer.weight.view<std::int8_t>()[1], 5);
  EXPECT_EQ(layer.requantizers[0].multiplier, 0.25F);
  const Tensor x = Tensor::of<float>({1, 2}, std::vector<float>{1.5F, -1.0F});
  EXPECT_EQ(run_exact(network, {{x}})[0].view<float>()[0], 1.0F);
}

}  // namespace
}  // namespace vernier
