#include <gtest/gtest.h>

#include "vernier/ir/shapes.h"
#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

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

}  // namespace
}  // namespace vernier
