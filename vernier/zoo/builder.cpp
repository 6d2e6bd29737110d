#include "vernier/zoo/builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

Tensor filled(std::int64_t size, float value) {
  Tensor tensor(DType::f32, {size});
  std::ranges::fill(tensor.edit<float>(), value);
  return tensor;
}

}  // namespace

Ints same_pads(const Shape& x, std::int64_t kernel, std::int64_t stride) {
  const auto total = [&](std::int64_t size) {
    const std::int64_t outputs = (size + stride - 1) / stride;
    return std::max<std::int64_t>((outputs - 1) * stride + kernel - size, 0);
  };
  const std::int64_t rows = total(x.at(2));
  const std::int64_t columns = total(x.at(3));
  return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

NetworkBuilder::NetworkBuilder(Shape input, std::uint64_t seed) : random_(seed) {
  Graph& graph = network_.graph;
  graph.any_batch = true;
  graph.inputs = {add_value(graph, {.name = "input", .shape = std::move(input)})};
}

ValueId NetworkBuilder::conv(ValueId x, const std::string& name, const ConvOptions& options) {
  const ValueId weight = parameter(
      name + ".weight",
      random({options.channels, shape(x).at(1) / options.group, options.kernel, options.kernel}));
  const std::string bias_name = name + ".bias";
  const Tensor zeros = filled(options.channels, 0.0F);
  const ValueId bias =
      options.bias ? parameter(bias_name, zeros) : add_constant(network_.graph, bias_name, zeros);
  return node(name,
              Conv{.strides = {options.stride, options.stride},
                   .pads = options.pads,
                   .group = options.group},
              {x, weight, bias});
}

ValueId NetworkBuilder::batch_norm(ValueId x, const std::string& name, float epsilon) {
  const std::int64_t channels = shape(x).at(1);
  return node(name, BatchNormalization{.epsilon = epsilon},
              {x, parameter(name + ".weight", filled(channels, 1.0F)),
               parameter(name + ".bias", filled(channels, 0.0F)),
               parameter(name + ".running_mean", filled(channels, 0.0F)),
               parameter(name + ".running_var", filled(channels, 1.0F))});
}

ValueId NetworkBuilder::relu(ValueId x, const std::string& name) { return node(name, Relu{}, {x}); }

ValueId NetworkBuilder::relu6(ValueId x, const std::string& name) {
  return node(name, Clip{.min = 0.0F, .max = 6.0F}, {x});
}

ValueId NetworkBuilder::max_pool(ValueId x, const std::string& name) {
  return node(
      name,
      MaxPool{.kernel_shape = {3, 3}, .strides = {2, 2}, .dilations = {1, 1}, .pads = {1, 1, 1, 1}},
      {x});
}

ValueId NetworkBuilder::add(ValueId left, ValueId right, const std::string& name) {
  return node(name, Add{}, {left, right});
}

ValueId NetworkBuilder::global_average(ValueId x, const std::string& name) {
  return node(name + ".flatten", Flatten{.axis = 1}, {node(name, GlobalAveragePool{}, {x})});
}

ValueId NetworkBuilder::linear(ValueId x, const std::string& name, std::int64_t features) {
  const ValueId weight = parameter(name + ".weight", random({features, shape(x).at(1)}));
  const ValueId bias = parameter(name + ".bias", filled(features, 0.0F));
  return node(name, Gemm{.transB = 1}, {x, weight, bias});
}

Network NetworkBuilder::finish(ValueId logits) && {
  network_.graph[logits].name = "logits";
  network_.graph.outputs = {logits};
  verify(network_.graph);
  return std::move(network_);
}

ValueId NetworkBuilder::node(const std::string& name, Op op, std::vector<ValueId> inputs) {
  Graph& graph = network_.graph;
  std::vector<ValueType> types;
  types.reserve(inputs.size());
  for (const ValueId input : inputs) types.push_back({graph[input].dtype, graph[input].shape});
  const ValueType type = infer(op, types).at(0);
  const ValueId output =
      add_value(graph, {.name = name + ".out", .dtype = type.dtype, .shape = type.shape});
  graph.nodes.push_back(
      {.name = name, .op = std::move(op), .inputs = std::move(inputs), .outputs = {output}});
  return output;
}

ValueId NetworkBuilder::parameter(const std::string& name, Tensor tensor) {
  const ValueId id = add_constant(network_.graph, name, std::move(tensor));
  network_.parameters.push_back(id);
  return id;
}

// Axis 0 is the output channel; the rest is what one output sums up.
Tensor NetworkBuilder::random(Shape shape) {
  Tensor tensor(DType::f32, std::move(shape));
  const std::int64_t fan_in = tensor.size() / tensor.shape().at(0);
  const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in));
  for (float& weight : tensor.edit<float>()) {
    weight = static_cast<float>(random_.normal() * deviation);
  }
  return tensor;
}

}  // namespace vernier
