#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

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
  const Network network = build_efficientnet_lite0({1, 3, 224, 224}, 0);
  std::int64_t trained = 0;
  for (const ValueId id : network.parameters) {
    const Value& each = network.graph[id];
    if (each.name.find("running_") == std::string::npos) trained += element_count(each.shape);
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
