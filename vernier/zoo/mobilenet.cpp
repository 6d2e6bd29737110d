// MobileNetV2 (Sandler et al., CVPR 2018, table 2): inverted residual blocks
//
//   expand 1x1 - depthwise 3x3 - project 1x1, plus the input where the shapes agree,
//
// ReLU6 behind all but the last. Names are torchvision's: features.2.conv.0.0.weight, ...

#include <array>
#include <string>

#include "vernier/zoo/zoo.h"

namespace vernier {
namespace {

constexpr float epsilon = 1e-5F;
constexpr std::int64_t classes = 1000;

struct Stage {
  std::int64_t expansion;
  std::int64_t channels;
  int repeats;
  std::int64_t stride;  // of its first block
};

constexpr std::array<Stage, 7> stages = {{
    {1, 16, 1, 1},
    {6, 24, 2, 2},
    {6, 32, 3, 2},
    {6, 64, 4, 2},
    {6, 96, 3, 1},
    {6, 160, 3, 2},
    {6, 320, 1, 1},
}};

// Convolution, normalization and ReLU6 are NAME.0, NAME.1, NAME.2.
ValueId active(NetworkBuilder& net, ValueId x, const std::string& name, ConvOptions options) {
  const std::int64_t pad = options.kernel / 2;
  options.pads = {pad, pad, pad, pad};
  x = net.batch_norm(net.conv(x, name + ".0", options), name + ".1", epsilon);
  return net.relu6(x, name + ".2");
}

ValueId block(NetworkBuilder& net, ValueId input, const std::string& name, const Stage& stage) {
  const std::int64_t channels = net.shape(input).at(1);
  const std::int64_t expanded = channels * stage.expansion;
  int part = 0;
  const auto next = [&] { return fmt::format("{}.conv.{}", name, part++); };
  ValueId x = input;
  if (stage.expansion != 1) x = active(net, x, next(), {.channels = expanded});
  x = active(net, x, next(),
             {.channels = expanded, .kernel = 3, .stride = stage.stride, .group = expanded});
  x = net.conv(x, next(), {.channels = stage.channels});
  x = net.batch_norm(x, next(), epsilon);
  const bool residual = stage.stride == 1 && channels == stage.channels;
  return residual ? net.add(x, input, name + ".add") : x;
}

}  // namespace

Network build_mobilenet_v2(const Shape& input, std::uint64_t seed) {
  NetworkBuilder net(input, seed);
  ValueId x = active(net, net.input(), "features.0", {.channels = 32, .kernel = 3, .stride = 2});
  int number = 1;
  for (Stage stage : stages) {
    for (int i = 0; i < stage.repeats; ++i) {
      x = block(net, x, fmt::format("features.{}", number++), stage);
      stage.stride = 1;
    }
  }
  x = active(net, x, fmt::format("features.{}", number), {.channels = 1280});
  x = net.linear(net.global_average(x, "avgpool"), "classifier.1", classes);
  return std::move(net).finish(x);
}

}  // namespace vernier
