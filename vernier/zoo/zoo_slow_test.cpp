#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "vernier/base/table.h"
#include "vernier/ir/macs.h"
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

struct Published {
  std::string_view name;
  std::int64_t trained;  // parameters, without running statistics
  std::size_t tensors;   // of a checkpoint, without num_batches_tracked
  double million_macs;
};

// Parameters as torchvision 0.15, pycls (RegNetX-600MF: 6.2 M) and efficientnet-lite-pytorch have
// them; MACs at 224x224.
constexpr std::array published = {
    Published{"resnet18", 11'689'512, 102, 1814.1},
    Published{"resnet50", 25'557'032, 267, 4089.2},
    Published{"mobilenet_v2", 3'504'872, 262, 300.8},
    Published{"efficientnet_lite0", 4'652'008, 247, 385.2},
    Published{"regnetx_600mf", 6'196'040, 267, 600.9},
};

TEST(Zoo, EveryArchitectureHasTheSizeOfTheOriginal) {
  ASSERT_EQ(published.size(), architectures().size());
  for (const Published& each : published) {
    const Network network = build_network(find(architectures(), each.name, "architecture"));
    std::int64_t trained = 0;
    for (const ValueId id : network.parameters) {
      const Value& value = network.graph[id];
      if (value.name.find("running_") == std::string::npos) trained += element_count(value.shape);
    }
    std::int64_t macs = 0;
    for (const Node& node : network.graph.nodes) macs += mac_count(network.graph, node);
    EXPECT_EQ(trained, each.trained) << each.name;
    EXPECT_EQ(network.parameters.size(), each.tensors) << each.name;
    EXPECT_NEAR(static_cast<double>(macs) * 1e-6, each.million_macs, 0.06) << each.name;
  }
}

TEST(Zoo, ParametersHaveTheNamesOfTheirCheckpoints) {
  const auto has = [](std::string_view architecture, const char* parameter) {
    const Network network = build_network(find(architectures(), architecture, "architecture"));
    return std::ranges::any_of(network.parameters,
                               [&](ValueId id) { return network.graph[id].name == parameter; });
  };
  EXPECT_TRUE(has("resnet18", "layer2.0.downsample.1.running_var"));
  EXPECT_TRUE(has("resnet50", "layer1.0.conv3.weight"));
  EXPECT_TRUE(has("mobilenet_v2", "features.1.conv.0.0.weight"));
  EXPECT_TRUE(has("mobilenet_v2", "features.1.conv.2.running_mean"));
  EXPECT_TRUE(has("mobilenet_v2", "features.18.0.weight"));
  EXPECT_TRUE(has("regnetx_600mf", "s4.b1.bn.weight"));
  EXPECT_TRUE(has("regnetx_600mf", "s3.b5.f.b_bn.bias"));
}

}  // namespace
}  // namespace vernier
