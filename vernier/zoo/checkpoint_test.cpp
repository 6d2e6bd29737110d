#include "vernier/zoo/checkpoint.h"

#include <gtest/gtest.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

std::vector<NamedTensor> tensors_of(const Network& network) {
  std::vector<NamedTensor> tensors;
  tensors.reserve(network.parameters.size());
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

}  // namespace
}  // namespace vernier
