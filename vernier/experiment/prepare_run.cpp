#include "vernier/experiment/prepare_run.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/import/import.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

/// `*` stands for any text.
bool matches_glob(std::string_view name, std::string_view glob) {
  const std::size_t star = glob.find('*');
  if (star == std::string_view::npos) return name == glob;
  if (name.substr(0, star) != glob.substr(0, star)) return false;
  for (std::size_t begin = star; begin <= name.size(); ++begin) {
    if (matches_glob(name.substr(begin), glob.substr(star + 1))) return true;
  }
  return false;
}

bool matches(std::string_view name, std::string_view pattern) {
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('|', begin), pattern.size());
    if (matches_glob(name, pattern.substr(begin, end - begin))) return true;
    begin = end + 1;
  }
  return false;
}

void set_bits(QuantPoint& point, int bits) {
  const bool narrow = point.spec.range.lo == -point.spec.range.hi;
  point.spec.range = point.spec.range.lo < 0 ? signed_range(bits, narrow) : unsigned_range(bits);
}

/// An activation is shared by its tie: all of it takes the width.
void set_activation_bits(QuantGraph& model, ValueId id, int bits) {
  const auto found = model.points.find(id);
  if (found == model.points.end()) return;
  const ValueId leader = found->second.leader;
  for (auto& [other, point] : model.points) {
    if (point.leader == leader) set_bits(point, bits);
  }
}

void apply_layer(QuantGraph& model, const Node& node, const LayerConfig& layer) {
  const auto weight = model.points.find(node.inputs[1]);
  if (weight != model.points.end() && layer.weight_bits)
    set_bits(weight->second, *layer.weight_bits);
  if (layer.activation_bits) set_activation_bits(model, node.inputs[0], *layer.activation_bits);
  // Without a point on its weight the layer is a float island.
  if (weight != model.points.end() && layer.skip) model.points.erase(weight);
}

bool is_linear(const Node& node) { return is_one_of<Conv, ConvTranspose, Gemm>(node.op); }

bool is_float_layer(const QuantGraph& model, const Node& node) {
  return is_linear(node) && !model.points.contains(node.inputs[1]);
}

/// Lets layers in float read what a Quantize reads; one that nobody reads any more goes.
void read_past_quantizers(QuantGraph& model) {
  Graph& graph = model.graph;
  const auto made_by = producers(graph);
  for (Node& node : graph.nodes) {
    if (!is_float_layer(model, node)) continue;
    const auto before = made_by[index(node.inputs[0])];
    if (before && std::holds_alternative<Quantize>(graph[*before].op))
      node.inputs[0] = graph[*before].inputs[0];
  }
  const auto readers = consumers(graph);
  std::vector<bool> idle;
  for (const Node& node : graph.nodes) {
    idle.push_back(std::holds_alternative<Quantize>(node.op) &&
                   readers[index(node.outputs[0])].empty());
    if (idle.back()) model.points.erase(node.outputs[0]);
  }
  erase_nodes(graph, idle);
}

/// Whether a value can be floats as well: the input of the network, the sums of a layer, or what
/// was computed from floats, unless its integers are tied to others.
bool may_be_float(const QuantGraph& model, const Node* maker, ValueId id) {
  const auto leads = [&](const auto& each) { return each.second.leader == id; };
  if (std::ranges::count_if(model.points, leads) != 1 || model.points.at(id).leader != id)
    return false;
  return maker == nullptr || is_linear(*maker) ||
         std::ranges::none_of(maker->inputs,
                              [&](ValueId input) { return model.points.contains(input); });
}

/// What only layers in float read has no point: they are not given rounded values for nothing.
void free_inputs_of_float_layers(QuantGraph& model) {
  read_past_quantizers(model);
  const Graph& graph = model.graph;
  const auto made_by = producers(graph);
  const auto readers = consumers(graph);
  for (const Node& node : graph.nodes) {
    const ValueId id = node.inputs.empty() ? ValueId{} : node.inputs[0];
    if (!is_float_layer(model, node) || !model.points.contains(id)) continue;
    const bool alone = std::ranges::all_of(readers[index(id)], [&](NodeId reader) {
      return is_float_layer(model, graph[reader]) && graph[reader].inputs[0] == id;
    });
    const Node* maker = made_by[index(id)] ? &graph[*made_by[index(id)]] : nullptr;
    if (alone && may_be_float(model, maker, id)) model.points.erase(id);
  }
}

}  // namespace

Graph import_runnable(const Experiment& experiment) {
  if (experiment.model.empty())
    fail("no model is named; give MODEL.onnx, or 'model:' in the configuration");
  Graph graph = import_model(experiment.model, {.shapes = experiment.shapes});
  const std::string unknown = foreign_operators(graph);
  if (!unknown.empty()) {
    fail(
        "{}: operators that cannot be run: {}; cut the graph before them, or export it without "
        "them",
        experiment.model, unknown);
  }
  return graph;
}

Preprocess default_preprocess(const Shape& input) {
  if (input.size() != 4) return {};
  if (input[1] != 3) return {.steps = {ScaleStep{.factor = 1.0F / 255.0F}}};
  return {
      .steps = {
          ResizeStep{.to = ShortSide{.length = std::min(input[2], input[3]) * 8 / 7}},
          CropStep{.center = {input[2], input[3]}}, ChannelsStep{.order = ChannelOrder::rgb},
          NormalizeStep{.mean = {123.675F, 116.28F, 103.53F}, .std = {58.395F, 57.12F, 57.375F}}}};
}

DatasetOptions dataset_options(const DataConfig& data, const Experiment& experiment) {
  DatasetOptions options = data.options;
  if (options.kind == "tensors") return options;
  options.preprocess =
      data.preprocess ? *data.preprocess : experiment.preprocess.value_or(Preprocess{});
  return options;
}

QuantGraph prepare_experiment(const Graph& graph, const Profile& profile,
                              const Experiment& experiment) {
  QuantGraph model = prepare(graph, profile, experiment.skipped_passes);
  for (const LayerConfig& layer : experiment.layers) {
    bool found = false;
    for (const Node& node : model.graph.nodes) {
      if (!is_linear(node) || !matches(node.name, layer.pattern)) continue;
      apply_layer(model, node, layer);
      found = true;
    }
    if (!found)
      fail(
          "layers: '{}' matches no convolution or linear layer; `vernier inspect MODEL` lists them",
          layer.pattern);
  }
  free_inputs_of_float_layers(model);
  verify(model);
  return model;
}

}  // namespace vernier
