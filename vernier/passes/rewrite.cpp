#include "vernier/passes/rewrite.h"

#include <algorithm>
#include <utility>

#include "vernier/base/error.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

bool apply_any(Graph& graph, std::span<const Rule> rules, NodeId id) {
  return std::ranges::any_of(rules, [&](Rule rule) { return rule(graph, id); });
}

// Goes on behind a change rather than at the start again: a large graph takes a few rounds.
bool one_round(Graph& graph, std::span<const Rule> rules) {
  bool changed = false;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (!apply_any(graph, rules, static_cast<NodeId>(i))) continue;
    sweep(graph);
    changed = true;
  }
  return changed;
}

bool contains(const std::vector<ValueId>& ids, ValueId id) {
  return std::ranges::find(ids, id) != ids.end();
}

}  // namespace

void rewrite(QuantGraph& model, std::span<const Rule> rules) {
  VERNIER_CHECK(model.points.empty());
  sweep(model.graph);
  while (one_round(model.graph, rules)) {
  }
}

std::optional<NodeId> producer(const Graph& graph, ValueId id) {
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (contains(graph.nodes[i].outputs, id)) return static_cast<NodeId>(i);
  }
  return std::nullopt;
}

std::string unused_name(const Graph& graph, std::string name) {
  while (find_value_if_any(graph, name)) name += '\'';
  return name;
}

ValueId insert_before(Graph& graph, NodeId id, Op op, ValueId input) {
  const std::string name = unused_name(graph, fmt::format("{}.{}", graph[id].name, type_name(op)));
  const ValueType x{graph[input].dtype, graph[input].shape};
  const ValueType y = infer(op, {&x, 1})[0];
  const ValueId output = add_value(graph, {.name = name, .dtype = y.dtype, .shape = y.shape});
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(index(id)),
                     {name, std::move(op), {input}, {output}});
  return output;
}

bool bypass(Graph& graph, const Node& node) {
  const ValueId from = node.outputs[0];
  const ValueId to = node.inputs[0];
  if (contains(graph.outputs, from)) {
    if (!producer(graph, to) || contains(graph.outputs, to)) return false;
    std::swap(graph[from].name, graph[to].name);
  }
  replace_uses(graph, from, to);
  return true;
}

}  // namespace vernier
