// Puts a quantization point wherever the target has integers (MQBench, Li et al., NeurIPS 2021,
// section 3.3). Weights of layers always have one; which activations do depends on the placement:
//
//   layer_inputs             what layers read
//   fused_add, every_output  the inputs of the network, and the operands and results of every
//                            operator that has an integer form
//
// Results of the network stay float, and so does what only moves into them or into a softmax behind
// them: the accumulators of the last layer times its scale lose nothing. Operators without an
// integer form are float islands: they read what they are given, and their result has a point only
// for the sake of its readers. Where a value must stay float for one reader and be integers for
// another, those of the integers read a `Quantize` of it, which carries the point.

#include <algorithm>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "vernier/passes/layer.h"
#include "vernier/passes/pass.h"
#include "vernier/passes/rewrite.h"

namespace vernier {
namespace {

// What the placement decides, for every node and every value.
struct Choice {
  std::vector<bool> integer_nodes;  // those that must read integers
  std::vector<bool> points;         // integers for all readers
  std::vector<bool> splits;         // integers for the integer nodes only
};

bool is_activation(const Value& value) { return value.dtype == DType::f32 && !value.constant; }

bool any(const std::vector<NodeId>& nodes, const std::vector<bool>& flags) {
  return std::ranges::any_of(nodes, [&](NodeId id) { return flags[index(id)]; });
}

bool all(const std::vector<NodeId>& nodes, const std::vector<bool>& flags) {
  return std::ranges::all_of(nodes, [&](NodeId id) { return flags[index(id)]; });
}

std::vector<bool> flags_of(std::size_t count, std::span<const ValueId> ids) {
  std::vector<bool> flags(count, false);
  for (const ValueId id : ids) flags.at(index(id)) = true;
  return flags;
}

std::vector<bool> layers(const Graph& graph) {
  std::vector<bool> flags;
  for (const Node& node : graph.nodes) flags.push_back(is_layer(graph, node));
  return flags;
}

// The results of the network, and what only moves into them or into an operator that has no integer
// form and gives one: the logits in front of a softmax are a result too.
std::vector<bool> float_results(const Graph& graph) {
  const auto readers = consumers(graph);
  std::vector<bool> result = flags_of(graph.values.size(), graph.outputs);
  std::vector<bool> moves(graph.nodes.size(), false);
  const auto decide = [&](ValueId id) {
    const auto& nodes = readers[index(id)];
    if (!nodes.empty() && all(nodes, moves)) result[index(id)] = true;
    return result[index(id)];
  };
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    const auto kept = std::ranges::count_if(node.outputs, decide);
    moves[i] =
        (moves_only(node.op) || !has_integer_form(graph, node)) && kept == std::ssize(node.outputs);
  }
  std::ranges::for_each(graph.inputs, decide);
  return result;
}

Choice choose_layer_inputs(const Graph& graph) {
  const auto readers = consumers(graph);
  const std::vector<bool> results = flags_of(graph.values.size(), graph.outputs);
  Choice choice{.integer_nodes = layers(graph)};
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const bool wanted = is_activation(graph.values[i]) && any(readers[i], choice.integer_nodes);
    const bool alone = !results[i] && all(readers[i], choice.integer_nodes);
    choice.points.push_back(wanted && alone);
    choice.splits.push_back(wanted && !alone);
  }
  return choice;
}

Choice choose_every_output(const Graph& graph, bool quantize_outputs) {
  const auto readers = consumers(graph);
  const std::vector<bool> stays_float =
      quantize_outputs ? std::vector<bool>(graph.values.size(), false) : float_results(graph);
  std::vector<bool> wanted = flags_of(graph.values.size(), graph.inputs);
  Choice choice{.integer_nodes = layers(graph)};
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    const bool gives_float =
        std::ranges::any_of(node.outputs, [&](ValueId id) { return stays_float[index(id)]; });
    if (!gives_float && has_integer_form(graph, node)) choice.integer_nodes[i] = true;
    for (const ValueId id : node.outputs) wanted[index(id)] = choice.integer_nodes[i];
  }
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const bool read = any(readers[i], choice.integer_nodes);
    const bool activation = is_activation(graph.values[i]);
    choice.points.push_back(activation && !stays_float[i] && (wanted[i] || read));
    choice.splits.push_back(activation && stays_float[i] && read);
  }
  return choice;
}

// Lets the integer nodes read a Quantize of every value that is split, and marks the copies.
void split_readers(Graph& graph, Choice& choice) {
  std::map<ValueId, ValueId> copies;
  std::vector<Node> nodes;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    Node node = graph.nodes[i];
    for (ValueId& input : node.inputs) {
      if (!choice.integer_nodes[i] || !choice.splits[index(input)]) continue;
      if (!copies.contains(input)) {
        const std::string name = unused_name(graph, graph[input].name + ".quantized");
        copies[input] = add_value(graph, {.name = name, .shape = graph[input].shape});
        choice.points.push_back(true);
        nodes.push_back({name, Quantize{}, {input}, {copies[input]}});
      }
      input = copies[input];
    }
    nodes.push_back(std::move(node));
  }
  graph.nodes = std::move(nodes);
}

// The first and the last layer; none if the profile treats all alike.
std::vector<const Node*> end_layers(const Graph& graph, const Profile& profile) {
  std::vector<const Node*> ends;
  if (profile.first_last_bits == 0) return ends;
  for (const Node& node : graph.nodes) {
    if (!is_layer(graph, node)) continue;
    if (ends.size() == 2) ends.pop_back();
    ends.push_back(&node);
  }
  return ends;
}

// Axis 0 of a transposed convolution's weight is the input channel, and a scale must not differ
// within one sum: one parameter for the tensor.
QuantPoint weight_point(const Node& layer, const Profile& profile, int bits) {
  QuantPoint point{.spec = weight_spec(profile, bits), .leader = layer.inputs[1]};
  if (std::holds_alternative<ConvTranspose>(layer.op)) {
    point.spec.granularity = Granularity::per_tensor;
  }
  return point;
}

}  // namespace

void place_quantizers(QuantGraph& model, const Profile& profile) {
  Graph& graph = model.graph;
  Choice choice = profile.placement == Placement::layer_inputs
                      ? choose_layer_inputs(graph)
                      : choose_every_output(graph, profile.quantize_outputs);
  split_readers(graph, choice);

  model.arithmetic = {
      .requantization = profile.requantization, .addition = profile.addition, .sums = profile.sums};
  model.points.clear();
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const auto id = static_cast<ValueId>(i);
    if (!choice.points[i]) continue;
    model.points[id] = {.spec = activation_spec(profile, profile.activation_bits), .leader = id};
  }
  for (const Node& node : graph.nodes) {
    if (is_layer(graph, node)) {
      model.points[node.inputs[1]] = weight_point(node, profile, profile.weight_bits);
    }
  }
  for (const Node* node : end_layers(graph, profile)) {
    model.points[node->inputs[1]] = weight_point(*node, profile, profile.first_last_bits);
    const auto input = model.points.find(node->inputs[0]);
    if (input != model.points.end()) {
      input->second.spec = activation_spec(profile, profile.first_last_bits);
    }
  }
}

}  // namespace vernier
