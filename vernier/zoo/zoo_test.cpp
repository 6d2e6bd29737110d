#include "vernier/zoo/zoo.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/table.h"
#include "vernier/ir/shapes.h"
#include "vernier/zoo/checkpoint.h"

namespace vernier {
namespace {

std::vector<NamedTensor> tensors_of(const Network& network) {
  std::vector<NamedTensor> tensors;
  for (const ValueId id : network.parameters) {
    tensors.push_back({network.graph[id].name, constant(network.graph, id)});
  }
  return tensors;
}

Network small_network(std::uint64_t seed = 0) {
  NetworkBuilder net({1, 4, 9, 8}, seed);
  const ValueId conv = net.conv(net.input(), "conv",
                                {.channels = 6,
                                 .kernel = 3,
                                 .stride = 2,
                                 .pads = same_pads(net.shape(net.input()), 3, 2),
                                 .group = 2});
  const ValueId norm = net.batch_norm(conv, "bn", 1e-5F);
  const ValueId sum = net.add(net.relu6(norm, "relu"), norm, "add");
  const ValueId logits = net.linear(net.global_average(sum, "pool"), "fc", 3);
  return std::move(net).finish(logits);
}

TEST(SamePads, GiveTensorFlowsOutputSizeAndPutTheOddRowLast) {
  for (const std::int64_t size : {7, 8, 112, 225}) {
    for (const std::int64_t kernel : {1, 3, 5}) {
      for (const std::int64_t stride : {1, 2}) {
        const Ints pads = same_pads({1, 1, size, size}, kernel, stride);
        EXPECT_EQ((size + pads[0] + pads[2] - kernel) / stride + 1, (size + stride - 1) / stride);
        EXPECT_TRUE(pads[2] == pads[0] || pads[2] == pads[0] + 1);
        EXPECT_EQ(pads[0], pads[1]);
      }
    }
  }
  EXPECT_EQ(same_pads({1, 3, 224, 224}, 3, 2), (Ints{0, 0, 1, 1}));
  EXPECT_EQ(same_pads({1, 3, 56, 56}, 5, 2), (Ints{1, 1, 2, 2}));
}

TEST(NetworkBuilder, WeightsDependOnTheSeedOnlyAndHaveHesVariance) {
  const auto weight = [](std::uint64_t seed) {
    NetworkBuilder net({1, 64, 4, 4}, seed);
    const ValueId x = net.conv(net.input(), "conv", {.channels = 96, .kernel = 3, .group = 4});
    const Network network = std::move(net).finish(x);
    return constant(network.graph, network.parameters.at(0));
  };
  const Tensor first = weight(1);
  EXPECT_TRUE(first == weight(1));
  EXPECT_FALSE(first == weight(2));
  double squares = 0.0;
  for (const float each : first.view<float>()) squares += double{each} * each;
  const double variance = squares / static_cast<double>(first.size());
  EXPECT_NEAR(variance, 2.0 / (16 * 9), 0.05 * 2.0 / (16 * 9)) << "fan-in is 16 channels of 3x3";
}

TEST(NetworkBuilder, AConvolutionWithoutBiasHasOneThatNoCheckpointFills) {
  const Network network = small_network();
  const Tensor& bias = constant(network.graph, find_value(network.graph, "conv.bias"));
  for (const float each : bias.view<float>()) EXPECT_EQ(each, 0.0F);
  for (const NamedTensor& each : tensors_of(network)) EXPECT_NE(each.name, "conv.bias");
}

TEST(LoadCheckpoint, FillsEveryParameter) {
  Network network = small_network(1);
  std::vector<NamedTensor> tensors = tensors_of(small_network(2));
  tensors.push_back({"bn.num_batches_tracked", Tensor(DType::i64, {})});
  load_checkpoint(network, tensors);
  for (const ValueId id : network.parameters) {
    EXPECT_TRUE(constant(network.graph, id) == constant(small_network(2).graph, id))
        << network.graph[id].name;
  }
}

TEST(LoadCheckpoint, ListsAllThatDoesNotFitAtOnceAndChangesNothing) {
  Network network = small_network(1);
  std::vector<NamedTensor> tensors = tensors_of(small_network(2));
  std::erase_if(tensors, [](const NamedTensor& each) { return each.name.starts_with("bn.r"); });
  for (NamedTensor& each : tensors) {
    if (each.name == "fc.bias") each.tensor = Tensor(DType::f32, {4});
    if (each.name == "fc.weight") each.tensor = Tensor(DType::i64, {3, 6});
  }
  tensors.push_back({"head.weight", Tensor(DType::f32, {1})});
  try {
    load_checkpoint(network, tensors);
    FAIL() << "no Error";
  } catch (const Error& error) {
    const std::string message = error.what();
    for (const char* part :
         {"bn.running_mean", "bn.running_var", "head.weight", "fc.bias (f32[4], expected f32[3])",
          "fc.weight (i64[3,6], expected f32[3,6])"}) {
      EXPECT_NE(message.find(part), std::string::npos) << part << " is not in: " << message;
    }
  }
  EXPECT_TRUE(constant(network.graph, network.parameters[0]) ==
              constant(small_network(1).graph, network.parameters[0]));
}

TEST(Zoo, EveryArchitectureTakesAnyBatch) {
  for (const Architecture& each : architectures()) {
    Network network = build_network(each);
    verify(network.graph);
    EXPECT_TRUE(network.graph.any_batch) << each.name;
    EXPECT_EQ(network.graph[network.graph.inputs.at(0)].name, "input") << each.name;
    EXPECT_EQ(network.graph[network.graph.outputs.at(0)].name, "logits") << each.name;
    infer_shapes(network.graph, 3);
    EXPECT_EQ(network.graph[network.graph.outputs.at(0)].shape, (Shape{3, 1000})) << each.name;
  }
}

template <typename Type>
std::int64_t count_nodes(const Graph& graph) {
  return std::ranges::count_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<Type>(node.op); });
}

// Multiplications of one image: each output element of a layer sums one element for each weight of
// its channel.
std::int64_t multiplications(const Graph& graph) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) {
    if (!is_one_of<Conv, Gemm>(node.op)) continue;
    const Tensor& weight = constant(graph, node.inputs[1]);
    count += element_count(graph[node.outputs[0]].shape) * weight.size() / weight.shape()[0];
  }
  return count;
}

TEST(EfficientNetLite0, HasTheSizeOfTheOriginal) {
  const Network network =
      build_network(find(architectures(), "efficientnet_lite0", "architecture"));
  std::int64_t trained = 0;
  for (const NamedTensor& each : tensors_of(network)) {
    if (each.name.find("running_") == std::string::npos) trained += each.tensor.size();
  }
  EXPECT_EQ(trained, 4'652'008);
  EXPECT_EQ(network.parameters.size(), 247U);
  EXPECT_EQ(count_nodes<Conv>(network.graph), 49);
  EXPECT_EQ(count_nodes<Add>(network.graph), 9);
  EXPECT_EQ(count_nodes<Clip>(network.graph), 33);
  EXPECT_NEAR(static_cast<double>(multiplications(network.graph)), 385.2e6, 0.05e6);
}

}  // namespace
}  // namespace vernier
