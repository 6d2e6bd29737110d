// RegNetX-600MF (Radosavovic et al., CVPR 2020, table 8): four stages of blocks
//
//   1x1 - 3x3 in groups of 24 channels - 1x1, plus the input or its projection,
//
// all as wide as the stage; the middle one has the stride. Names are those of pycls:
// s2.b1.f.a.weight.

#include <array>
#include <string>

#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

constexpr float epsilon = 1e-5F;
constexpr std::int64_t classes = 1000;
constexpr std::int64_t stem_channels = 32;
constexpr std::int64_t group_width = 24;

struct Stage {
  std::int64_t channels;
  int blocks;
};

constexpr std::array<Stage, 4> stages = {{{48, 1}, {96, 3}, {240, 5}, {528, 7}}};

// NAME and its normalization; pycls puts "bn" behind the name of the layer in different ways.
ValueId conv_norm(NetworkBuilder& net, ValueId x, const std::string& conv, const std::string& norm,
                  ConvOptions options) {
  const std::int64_t pad = options.kernel / 2;
  options.pads = {pad, pad, pad, pad};
  return net.batch_norm(net.conv(x, conv, options), norm, epsilon);
}

ValueId part(NetworkBuilder& net, ValueId x, const std::string& name, const ConvOptions& options) {
  return conv_norm(net, x, name, name + "_bn", options);
}

ValueId block(NetworkBuilder& net, ValueId input, const std::string& name,
              const ConvOptions& options) {
  const std::int64_t channels = options.channels;
  ValueId x = net.relu(part(net, input, name + ".f.a", {.channels = channels}), name + ".f.a_relu");
  x = net.relu(part(net, x, name + ".f.b",
                    {.channels = channels,
                     .kernel = 3,
                     .stride = options.stride,
                     .group = channels / group_width}),
               name + ".f.b_relu");
  x = part(net, x, name + ".f.c", {.channels = channels});
  if (options.stride != 1 || net.shape(input).at(1) != channels)
    input = conv_norm(net, input, name + ".proj", name + ".bn", options);
  return net.relu(net.add(x, input, name + ".add"), name + ".relu");
}

}  // namespace

Network build_regnetx_600mf(const Shape& input, std::uint64_t seed) {
  NetworkBuilder net(input, seed);
  ValueId x = conv_norm(net, net.input(), "stem.conv", "stem.bn",
                        {.channels = stem_channels, .kernel = 3, .stride = 2});
  x = net.relu(x, "stem.relu");
  for (std::size_t stage = 0; stage < stages.size(); ++stage) {
    for (int number = 0; number < stages[stage].blocks; ++number) {
      x = block(net, x, fmt::format("s{}.b{}", stage + 1, number + 1),
                {.channels = stages[stage].channels, .stride = number == 0 ? 2 : 1});
    }
  }
  x = net.linear(net.global_average(x, "head.avg_pool"), "head.fc", classes);
  return std::move(net).finish(x);
}

}  // namespace vernier
