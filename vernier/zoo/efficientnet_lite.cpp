// EfficientNet-Lite0: inverted residual blocks
//
//   expand 1x1 - depthwise KxK - project 1x1, plus the input where the shapes agree,
//
// each convolution with batch normalization, ReLU6 behind all but the last one. Against
// EfficientNet-B0 (Tan and Le, ICML 2019, table 1) there is no squeeze-excite, and ReLU6 stands in
// the place of swish, which suits integers. Padding is TensorFlow's "same". Parameters have the
// names of the PyTorch port (efficientnet-lite-pytorch): _blocks.N._expand_conv.weight, ...

#include <array>
#include <string>

#include <fmt/format.h>

#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

constexpr float epsilon = 1e-3F;
constexpr std::int64_t stem_channels = 32;
constexpr std::int64_t head_channels = 1280;
constexpr std::int64_t classes = 1000;

struct Stage {
  std::int64_t kernel;
  std::int64_t stride;  // of its first block
  std::int64_t expansion;
  std::int64_t channels;
  int repeats;
};

constexpr std::array<Stage, 7> stages = {{
    {3, 1, 1, 16, 1},
    {3, 2, 6, 24, 2},
    {5, 2, 6, 40, 2},
    {3, 2, 6, 80, 3},
    {5, 1, 6, 112, 3},
    {5, 2, 6, 192, 4},
    {3, 1, 6, 320, 1},
}};

struct ConvNames {
  std::string conv;
  std::string norm;
};

ValueId conv_norm(NetworkBuilder& net, ValueId x, const ConvNames& names, ConvOptions options) {
  options.pads = same_pads(net.shape(x), options.kernel, options.stride);
  return net.batch_norm(net.conv(x, names.conv, options), names.norm, epsilon);
}

ValueId conv_norm_relu6(NetworkBuilder& net, ValueId x, const ConvNames& names,
                        const ConvOptions& options) {
  return net.relu6(conv_norm(net, x, names, options), names.norm + ".relu6");
}

ValueId block(NetworkBuilder& net, ValueId input, const std::string& name, const Stage& stage) {
  const std::int64_t channels = net.shape(input).at(1);
  const std::int64_t expanded = channels * stage.expansion;
  ValueId x = input;
  if (stage.expansion != 1) {
    x = conv_norm_relu6(net, x, {name + "._expand_conv", name + "._bn0"}, {.channels = expanded});
  }
  x = conv_norm_relu6(
      net, x, {name + "._depthwise_conv", name + "._bn1"},
      {.channels = expanded, .kernel = stage.kernel, .stride = stage.stride, .group = expanded});
  x = conv_norm(net, x, {name + "._project_conv", name + "._bn2"}, {.channels = stage.channels});
  const bool residual = stage.stride == 1 && channels == stage.channels;
  return residual ? net.add(x, input, name + ".add") : x;
}

}  // namespace

Network build_efficientnet_lite0(const Shape& input, std::uint64_t seed) {
  NetworkBuilder net(input, seed);
  ValueId x = conv_norm_relu6(net, net.input(), {"_conv_stem", "_bn0"},
                              {.channels = stem_channels, .kernel = 3, .stride = 2});
  int number = 0;
  for (Stage stage : stages) {
    for (int i = 0; i < stage.repeats; ++i) {
      x = block(net, x, fmt::format("_blocks.{}", number++), stage);
      stage.stride = 1;
    }
  }
  x = conv_norm_relu6(net, x, {"_conv_head", "_bn1"}, {.channels = head_channels});
  x = net.linear(net.global_average(x, "_avg_pooling"), "_fc", classes);
  return std::move(net).finish(x);
}

}  // namespace vernier
