#include "vernier/zoo/builder.h"

#include <gtest/gtest.h>

namespace vernier {
namespace {

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
  NetworkBuilder net({1, 2, 4, 4}, 0);
  const ValueId x = net.conv(net.input(), "conv", {.channels = 3});
  const Network network = std::move(net).finish(x);
  for (const float each :
       constant(network.graph, find_value(network.graph, "conv.bias")).view<float>())
    EXPECT_EQ(each, 0.0F);
  ASSERT_EQ(network.parameters.size(), 1U);
  EXPECT_EQ(network.graph[network.parameters[0]].name, "conv.weight");
}

}  // namespace
}  // namespace vernier
