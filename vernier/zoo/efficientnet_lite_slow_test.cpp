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

TEST(EfficientNetLite0, HasTheLayersOfTheOriginal) {
  const Network network = build_efficientnet_lite0({1, 3, 224, 224}, 0);
  EXPECT_EQ(count_nodes<Conv>(network.graph), 49);
  EXPECT_EQ(count_nodes<Add>(network.graph), 9);
  EXPECT_EQ(count_nodes<Clip>(network.graph), 33);
}

}  // namespace
}  // namespace vernier
