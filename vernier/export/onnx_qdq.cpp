// From integers back to a float graph that says in ONNX's words where the integers are
// (QuantizeLinear, DequantizeLinear; ONNX operators, opset 13).

#include "vernier/export/onnx_qdq.h"

#include <algorithm>
#include <map>
#include <utility>

#include "vernier/base/error.h"
#include "vernier/export/qdq_values.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

class QdqBuilder : QdqValues {
 public:
  QdqBuilder(const QuantGraph& model, const IntegerGraph& integers, const QdqOptions& options)
      : model_(model), integers_(integers), options_(options), read_(integers.graph.values.size()) {
    for (const Node& node : model.graph.nodes) nodes_[node.outputs[0]] = &node;
    graph.any_batch = integers.graph.any_batch;
  }

  Graph build() {
    for (const ValueId id : integers_.graph.inputs) {
      const ValueId input = add_value(graph, copied(id, integers_.graph[id].name));
      graph.inputs.push_back(input);
      finish(id, input, {});
    }
    for (const IntegerNode& node : integers_.nodes) {
      std::visit([&](const auto& op) { write(node, op); }, node.op);
    }
    for (const ValueId id : integers_.graph.outputs) graph.outputs.push_back(output(id));
    sweep(graph);
    verify(graph);
    return std::move(graph);
  }

 private:
  // ---- Values.

  Value copied(ValueId id, std::string name) const {
    return {.name = std::move(name),
            .dtype = integers_.graph[id].dtype,
            .shape = integers_.graph[id].shape};
  }

  bool is_output(ValueId id) const {
    return std::ranges::count(integers_.graph.outputs, id) != 0 &&
           std::ranges::count(integers_.graph.inputs, id) == 0;
  }

  const std::string& name_of(ValueId id) const { return integers_.graph[id].name; }

  /// The integers of a value as the file has them.
  std::optional<IntegerFormat> format_if_any(ValueId id) const {
    const auto& format = integers_.formats[index(id)];
    return format && options_.unsigned_activations ? as_unsigned(*format) : format;
  }

  /// Where a node writes: the name of a result of the network belongs to what is dequantized.
  ValueId raw(ValueId id) {
    const bool inner = is_output(id) && integers_.formats[index(id)];
    return add_value(graph, copied(id, name_of(id) + (inner ? ".float" : "")));
  }

  /// What nodes read in place of a value.
  ValueId reader(ValueId id) {
    auto& place = read_[index(id)];
    if (!place) place = constant(integers_.graph[id], format_if_any(id));
    return *place;
  }

  std::vector<ValueId> readers(const std::vector<ValueId>& ids) {
    std::vector<ValueId> result;
    for (const ValueId id : ids) result.push_back(reader(id));
    return result;
  }

  // ---- Quantizers.

  /// From what a node has computed to what others read.
  void finish(ValueId id, ValueId computed, std::optional<IntRange> clamp) {
    const auto format = format_if_any(id);
    if (!format) {
      read_[index(id)] = computed;
      return;
    }
    const std::string& name = name_of(id);
    const std::string result = is_output(id) ? name : name + ".dequantized";
    const std::int32_t shift = format->range.lo - integers_.formats[index(id)]->range.lo;
    if (clamp) clamp = IntRange{clamp->lo + shift, clamp->hi + shift};
    const auto narrow = narrowed(*format, clamp.value_or(format->range));
    if (!narrow) {
      read_[index(id)] = pair(computed, *format, name, result);
      return;
    }
    const bool twice = options_.clamp == ClampPlace::behind_quantizer;
    const ValueId x =
        twice ? pair(computed, *format, name + ".before", name + ".before.dequantized") : computed;
    read_[index(id)] = pair(clipped(x, *format, *narrow, name), *format, name, result);
  }

  /// The network's output, which must be computed by a node of its own name.
  ValueId output(ValueId id) {
    const ValueId found = reader(id);
    if (graph[found].name == name_of(id)) return found;
    const ValueId y = add_value(graph, copied(id, fresh(name_of(id))));
    append(Identity{}, {found}, y);
    return y;
  }

  // ---- Nodes.

  void add(const IntegerNode& node, Op op, std::vector<ValueId> inputs,
           std::optional<IntRange> clamp) {
    std::vector<ValueId> outputs;
    for (const ValueId id : node.outputs) outputs.push_back(raw(id));
    graph.nodes.push_back({node.name, std::move(op), std::move(inputs), outputs});
    for (std::size_t i = 0; i < outputs.size(); ++i) finish(node.outputs[i], outputs[i], clamp);
  }

  /// The biases of a layer, whose scales are one or one a channel.
  ValueId bias_reader(const std::string& name, const IntegerLinear& layer,
                      std::span<const float> scales) {
    const Shape shape = {std::ssize(layer.bias)};
    const Shape channels = scales.size() > 1 ? Shape{std::ssize(scales)} : Shape{};
    if (options_.integer_biases) {
      return dequantized(name, {.integers = Tensor::of<std::int32_t>(shape, layer.bias),
                                .scales = Tensor::of<float>(channels, scales),
                                .zero_points = Tensor(DType::i32, channels),
                                .axis = 0});
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < layer.bias.size(); ++i)
      values.push_back(static_cast<float>(layer.bias[i]) * scales[scales.size() > 1 ? i : 0]);
    return add_constant(graph, fresh(name), Tensor::of<float>(shape, values));
  }

  /// x, weight, bias and addend of a layer; the weight in a shape of as many elements.
  std::vector<ValueId> layer_inputs(const IntegerNode& node, const IntegerLinear& layer,
                                    const Shape& shape) {
    const Node& original = *nodes_.at(node.outputs[0]);
    const QuantPoint& point = model_.points.at(model_.points.at(original.inputs[1]).leader);
    const float x_scale = integers_.formats[index(node.inputs[0])]->params.scale;
    const bool per_channel = point.params.size() > 1;
    const Shape channels =
        per_channel ? Shape{static_cast<std::int64_t>(point.params.size())} : Shape{};
    std::vector<float> scales;
    std::vector<float> bias_scales;
    std::vector<std::int32_t> zero_points;
    for (const QuantParams& params : point.params) {
      scales.push_back(params.scale);
      bias_scales.push_back(x_scale * params.scale);
      zero_points.push_back(params.zero_point);
    }
    const std::string& weight = model_.graph[original.inputs[1]].name;
    const DType type = container(point.spec.range, weight);
    std::vector<std::int32_t> integers = centred_weights(layer);
    const std::size_t row = integers.size() / zero_points.size();
    auto integer = integers.begin();
    for (const std::int32_t zero_point : zero_points) {
      for (std::size_t i = 0; i < row; ++i) *integer++ += zero_point;
    }
    std::vector<ValueId> inputs = {
        reader(node.inputs[0]),
        dequantized(weight, {.integers = stored(type, shape, integers),
                             .scales = Tensor::of<float>(channels, scales),
                             .zero_points = stored(type, channels, zero_points),
                             .axis = 0}),
        bias_reader(model_.graph[original.inputs[2]].name, layer, bias_scales)};
    if (node.inputs.size() > 1) inputs.push_back(reader(node.inputs[1]));
    return inputs;
  }

  /// A convolution of one pixel by one pixel.
  bool is_linear(const IntegerNode& node, const IntegerLinear& layer) const {
    const auto* conv = std::get_if<Conv>(&layer.op);
    if (conv == nullptr || conv->group != 1 || node.inputs.size() > 1) return false;
    const auto is_pixel = [](const Shape& shape) {
      return element_count({shape.begin() + 2, shape.end()}) == 1;
    };
    return is_pixel(integers_.graph[node.inputs[0]].shape) && is_pixel(layer.weight.shape()) &&
           is_pixel(integers_.graph[node.outputs[0]].shape);
  }

  /// Such a convolution that gives floats is written as a linear layer, because ONNX Runtime has
  /// only those in integers with a float result.
  void write_linear(const IntegerNode& node, const IntegerLinear& layer) {
    const Shape& weight = layer.weight.shape();
    const Shape& y_shape = integers_.graph[node.outputs[0]].shape;
    const std::string& name = name_of(node.outputs[0]);
    const Shape pixel(y_shape.size() - 2, 1);
    std::vector<ValueId> inputs = layer_inputs(node, layer, {weight[0], weight[1]});
    const Shape flat = {y_shape[0], weight[1]};
    const ValueId x = add_value(graph, {.name = fresh(name + ".flat"), .shape = flat});
    append(Flatten{.axis = 1}, {inputs[0]}, x);
    inputs[0] =
        pair(x, format_if_any(node.inputs[0]).value(), name + ".flat", name + ".flat.dequantized");
    const ValueId y =
        add_value(graph, {.name = fresh(name + ".linear"), .shape = {y_shape[0], weight[0]}});
    graph.nodes.push_back({node.name,
                           Gemm{.transB = 1, .activation = std::get<Conv>(layer.op).activation},
                           std::move(inputs),
                           {y}});
    Shape target = {-1, weight[0]};
    target.insert(target.end(), pixel.begin(), pixel.end());
    const ValueId result = raw(node.outputs[0]);
    append(Reshape{.shape = target}, {y}, result);
    finish(node.outputs[0], result, {});
  }

  void write(const IntegerNode& node, const IntegerLinear& layer) {
    if (gives_floats(layer) && is_linear(node, layer)) {
      write_linear(node, layer);
      return;
    }
    Op op = layer.op;
    std::optional<IntRange> clamp;
    if (!gives_floats(layer)) {
      activation_field(op) = {};
      clamp = layer.output.clamp;
    }
    std::vector<ValueId> inputs = layer_inputs(node, layer, layer.weight.shape());
    if (inputs.size() < 4) return add(node, std::move(op), std::move(inputs), clamp);
    // ONNX adds in a node of its own.
    const ValueId addend = inputs[3];
    inputs.resize(3);
    const ValueId product =
        add_value(graph, copied(node.outputs[0], fresh(name_of(node.outputs[0]) + ".product")));
    graph.nodes.push_back({node.name, std::move(op), std::move(inputs), {product}});
    add({.name = node.name + "/Add", .op = {}, .inputs = {}, .outputs = node.outputs}, Add{},
        {product, addend}, clamp);
  }

  void write(const IntegerNode& node, const IntegerBinary& binary) {
    Op op = nodes_.at(node.outputs[0])->op;
    activation_field(op) = {};
    add(node, std::move(op), readers(nodes_.at(node.outputs[0])->inputs), binary.output.clamp);
  }

  /// A mean over the whole plane is a global pool everywhere: runtimes know it in integers.
  void write(const IntegerNode& node, const IntegerAverage& average) {
    const Shape& x = integers_.graph[node.inputs[0]].shape;
    const Shape& y = integers_.graph[node.outputs[0]].shape;
    const Shape pooled = {x[0], x[1], 1, 1};
    const bool one_place = average.requantizers.size() == 1 && element_count(y) == x[0] * x[1];
    const bool whole =
        one_place && x.size() == 4 && average.requantizers.begin()->first == x[2] * x[3];
    if (!whole || y == pooled) {
      add(node, whole ? Op(GlobalAveragePool{}) : average.op, readers(node.inputs), {});
      return;
    }
    const IntegerFormat format = format_if_any(node.outputs[0]).value();
    const std::string name = name_of(node.outputs[0]) + ".pooled";
    const ValueId mean = add_value(graph, {.name = fresh(name), .shape = pooled});
    append(GlobalAveragePool{}, readers(node.inputs), mean);
    add(node, Flatten{.axis = 1}, {pair(mean, format, name, name + ".dequantized")}, {});
  }

  void write(const IntegerNode& node, const IntegerTable& /*table*/) {
    const auto found = nodes_.find(node.outputs[0]);
    write_computed(node, found == nodes_.end() ? Op(Quantize{}) : found->second->op);
  }

  void write(const IntegerNode& node, const FloatNode& island) { write_computed(node, island.op); }

  /// A change of parameters is nothing but the quantizer behind it.
  void write_computed(const IntegerNode& node, const Op& op) {
    if (is_one_of<Quantize, Identity>(op)) {
      finish(node.outputs[0], reader(node.inputs[0]), {});
    } else {
      add(node, op, readers(node.inputs), {});
    }
  }

  void write(const IntegerNode& node, const IntegerMove& move) {
    if (is_one_of<Quantize, Identity>(move.op)) {
      read_[index(node.outputs[0])] = reader(node.inputs[0]);
    } else {
      add(node, move.op, readers(node.inputs), {});
    }
  }

  const QuantGraph& model_;
  const IntegerGraph& integers_;
  QdqOptions options_;
  std::map<ValueId, const Node*> nodes_;  // of the model, by what they compute
  std::vector<std::optional<ValueId>> read_;
};

}  // namespace

Graph qdq_graph(const QuantGraph& model, const IntegerGraph& integers, const QdqOptions& options) {
  return QdqBuilder(model, integers, options).build();
}

}  // namespace vernier
