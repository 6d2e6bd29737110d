#include "bench/resnet18.h"

#include <cmath>
#include <optional>
#include <string>
#include <utility>

#include "vernier/base/random.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

constexpr Activation relu = {.lo = 0.0F};

class Builder {
 public:
  ValueId input(const std::string& name, const Shape& shape) {
    const ValueId id = add_value(graph, {.name = name, .shape = shape});
    graph.inputs.push_back(id);
    return id;
  }

  ValueId node(const std::string& name, Op op, std::vector<ValueId> inputs) {
    std::vector<ValueType> types;
    for (const ValueId id : inputs) types.push_back({graph[id].dtype, graph[id].shape});
    const ValueType type = infer(op, types)[0];
    const ValueId output = add_value(graph, {.name = name, .shape = type.shape});
    graph.nodes.push_back({name, std::move(op), std::move(inputs), {output}});
    return output;
  }

  struct Layer {
    std::int64_t channels = 0;
    std::int64_t kernel = 3;
    std::int64_t stride = 1;
    Activation activation;
    std::optional<ValueId> addend;
  };

  ValueId conv(const std::string& name, ValueId x, const Layer& layer) {
    const std::int64_t pad = layer.kernel / 2;
    const Shape weight = {layer.channels, graph[x].shape[1], layer.kernel, layer.kernel};
    std::vector<ValueId> inputs = {x, constant(name + ".weight", weight),
                                   constant(name + ".bias", {layer.channels})};
    if (layer.addend) inputs.push_back(*layer.addend);
    return node(name,
                Conv{.strides = {layer.stride, layer.stride},
                     .pads = {pad, pad, pad, pad},
                     .activation = layer.activation},
                std::move(inputs));
  }

  // Two 3x3 convolutions and the shortcut around them.
  ValueId block(const std::string& name, ValueId x, std::int64_t channels, std::int64_t stride) {
    const ValueId inner =
        conv(name + ".conv1", x, {.channels = channels, .stride = stride, .activation = relu});
    const bool same = stride == 1 && graph[x].shape[1] == channels;
    const ValueId shortcut =
        same ? x
             : conv(name + ".shortcut", x, {.channels = channels, .kernel = 1, .stride = stride});
    return conv(name + ".conv2", inner,
                {.channels = channels, .activation = relu, .addend = shortcut});
  }

  // He initialization keeps activations of the size of one through all layers.
  ValueId constant(const std::string& name, const Shape& shape) {
    Tensor tensor(DType::f32, shape);
    const double fan_in = shape.size() == 1 ? 100.0 : static_cast<double>(tensor.size() / shape[0]);
    for (float& element : tensor.edit<float>()) {
      element = static_cast<float>(random.normal() * std::sqrt(1.0 / fan_in));
    }
    return add_constant(graph, name, tensor);
  }

  Graph graph;
  Random random{18};
};

}  // namespace

Graph resnet18() {
  Builder build;
  build.graph.any_batch = true;
  ValueId x = build.input("input", {1, 3, 224, 224});
  x = build.conv("conv1", x, {.channels = 64, .kernel = 7, .stride = 2, .activation = relu});
  x = build.node(
      "maxpool",
      MaxPool{.kernel_shape = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .pads = {1, 1, 1, 1}},
      {x});
  for (std::int64_t stage = 1, channels = 64; stage <= 4; ++stage, channels *= 2) {
    for (std::int64_t block = 0; block < 2; ++block) {
      const std::string name = fmt::format("layer{}.{}", stage, block);
      x = build.block(name, x, channels, stage > 1 && block == 0 ? 2 : 1);
    }
  }
  x = build.node("pool", GlobalAveragePool{}, {x});
  x = build.node("flatten", Flatten{}, {x});
  const ValueId weight = build.constant("fc.weight", {1000, 512});
  const ValueId bias = build.constant("fc.bias", {1000});
  build.graph.outputs = {build.node("logits", Gemm{.transB = 1}, {x, weight, bias})};
  return build.graph;
}

}  // namespace vernier
