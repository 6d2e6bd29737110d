// ResNet (He et al., CVPR 2016, table 1). ResNet-18 has blocks of two 3x3 convolutions, ResNet-50
// bottlenecks 1x1 - 3x3 - 1x1 whose middle one has the stride, as in torchvision, which gives the
// names: layer1.0.conv1.weight, layer2.0.downsample.0.weight, fc.weight.

#include <array>
#include <string>

#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

constexpr float epsilon = 1e-5F;
constexpr std::int64_t classes = 1000;

struct Depth {
  std::array<int, 4> blocks;
  std::int64_t expansion = 1;  // of the channels at the end of a block; 1: no bottleneck
};

// Number `number` of the block NAME, with its normalization.
ValueId conv_norm(NetworkBuilder& net, ValueId x, const std::string& conv, const std::string& norm,
                  ConvOptions options) {
  const std::int64_t pad = options.kernel / 2;
  options.pads = {pad, pad, pad, pad};
  return net.batch_norm(net.conv(x, conv, options), norm, epsilon);
}

ValueId numbered(NetworkBuilder& net, ValueId x, const std::string& block, int number,
                 const ConvOptions& options) {
  return conv_norm(net, x, fmt::format("{}.conv{}", block, number),
                   fmt::format("{}.bn{}", block, number), options);
}

ValueId active(NetworkBuilder& net, ValueId x, const std::string& block, int number,
               const ConvOptions& options) {
  return net.relu(numbered(net, x, block, number, options),
                  fmt::format("{}.relu{}", block, number));
}

ValueId plain_branch(NetworkBuilder& net, ValueId x, const std::string& name,
                     const ConvOptions& options) {
  x = active(net, x, name, 1,
             {.channels = options.channels, .kernel = 3, .stride = options.stride});
  return numbered(net, x, name, 2, {.channels = options.channels, .kernel = 3});
}

ValueId bottleneck_branch(NetworkBuilder& net, ValueId x, const std::string& name,
                          const ConvOptions& options, std::int64_t expansion) {
  x = active(net, x, name, 1, {.channels = options.channels});
  x = active(net, x, name, 2,
             {.channels = options.channels, .kernel = 3, .stride = options.stride});
  return numbered(net, x, name, 3, {.channels = options.channels * expansion});
}

ValueId block(NetworkBuilder& net, ValueId x, const std::string& name, const ConvOptions& options,
              std::int64_t expansion) {
  const std::int64_t channels = options.channels * expansion;
  const ValueId branch = expansion == 1 ? plain_branch(net, x, name, options)
                                        : bottleneck_branch(net, x, name, options, expansion);
  if (options.stride != 1 || net.shape(x).at(1) != channels) {
    x = conv_norm(net, x, name + ".downsample.0", name + ".downsample.1",
                  {.channels = channels, .stride = options.stride});
  }
  return net.relu(net.add(branch, x, name + ".add"), name + ".relu");
}

Network build(const Shape& input, std::uint64_t seed, const Depth& depth) {
  NetworkBuilder net(input, seed);
  ValueId x =
      conv_norm(net, net.input(), "conv1", "bn1", {.channels = 64, .kernel = 7, .stride = 2});
  x = net.max_pool(net.relu(x, "relu"), "maxpool");
  std::int64_t channels = 64;
  for (std::size_t stage = 0; stage < depth.blocks.size(); ++stage, channels *= 2) {
    for (int number = 0; number < depth.blocks[stage]; ++number) {
      const std::int64_t stride = stage > 0 && number == 0 ? 2 : 1;
      x = block(net, x, fmt::format("layer{}.{}", stage + 1, number),
                {.channels = channels, .stride = stride}, depth.expansion);
    }
  }
  x = net.linear(net.global_average(x, "avgpool"), "fc", classes);
  return std::move(net).finish(x);
}

}  // namespace

Network build_resnet18(const Shape& input, std::uint64_t seed) {
  return build(input, seed, {.blocks = {2, 2, 2, 2}});
}

Network build_resnet50(const Shape& input, std::uint64_t seed) {
  return build(input, seed, {.blocks = {3, 4, 6, 3}, .expansion = 4});
}

}  // namespace vernier
