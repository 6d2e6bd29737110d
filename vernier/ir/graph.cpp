#include "vernier/ir/graph.h"

#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <queue>
#include <utility>

#include "vernier/base/error.h"

namespace vernier {
namespace {

// Levenshtein's distance, row by row.
std::int64_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::int64_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (const char letter : left) {
    std::int64_t diagonal = std::exchange(row[0], row[0] + 1);
    for (std::size_t i = 0; i < right.size(); ++i) {
      const std::int64_t replaced = diagonal + (letter == right[i] ? 0 : 1);
      diagonal = std::exchange(row[i + 1], std::min({replaced, row[i] + 1, row[i + 1] + 1}));
    }
  }
  return row.back();
}

// Up to three names, the nearest first.
std::string nearest_names(const Graph& graph, std::string_view name) {
  std::vector<std::pair<std::int64_t, std::string>> names;
  names.reserve(graph.values.size());
  for (const Value& value : graph.values) {
    names.emplace_back(edit_distance(name, value.name), value.name);
  }
  const std::size_t count = std::min<std::size_t>(names.size(), 3);
  std::partial_sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(count), names.end());
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += fmt::format("{}'{}'", i == 0 ? "" : ", ", names[i].second);
  }
  return text;
}

// How many of a node's inputs are computed by nodes that have not run yet.
std::vector<std::int64_t> pending_inputs(const Graph& graph,
                                         const std::vector<std::optional<NodeId>>& producer) {
  std::vector<std::int64_t> pending(graph.nodes.size(), 0);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    pending[i] = std::ranges::count_if(graph.nodes[i].inputs, [&](ValueId input) {
      return producer.at(index(input)).has_value();
    });
  }
  return pending;
}

}  // namespace

ValueId add_value(Graph& graph, Value value) {
  graph.values.push_back(std::move(value));
  return static_cast<ValueId>(graph.values.size() - 1);
}

ValueId add_constant(Graph& graph, std::string name, Tensor tensor) {
  return add_value(graph, {.name = std::move(name),
                           .dtype = tensor.dtype(),
                           .shape = tensor.shape(),
                           .constant = tensor});
}

const Tensor& constant(const Graph& graph, ValueId id) {
  const std::optional<Tensor>& tensor = graph[id].constant;
  VERNIER_CHECK(tensor.has_value());
  return *tensor;
}

Tensor& own_constant(Graph& graph, Node& node, std::size_t input) {
  if (!used_once(graph, node.inputs[input])) {
    std::string name = fmt::format("{}.{}", node.name, graph[node.inputs[input]].name);
    while (find_value_if_any(graph, name)) name += "'";
    node.inputs[input] = add_constant(graph, name, constant(graph, node.inputs[input]));
  }
  return *graph[node.inputs[input]].constant;
}

std::optional<ValueId> find_value_if_any(const Graph& graph, std::string_view name) {
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].name == name) return static_cast<ValueId>(i);
  }
  return std::nullopt;
}

ValueId find_value(const Graph& graph, std::string_view name) {
  if (const auto id = find_value_if_any(graph, name)) return *id;
  fail("the graph has no value '{}'; nearest: {}", name, nearest_names(graph, name));
}

std::vector<std::optional<NodeId>> producers(const Graph& graph) {
  std::vector<std::optional<NodeId>> result(graph.values.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId output : graph.nodes[i].outputs) {
      result.at(index(output)) = static_cast<NodeId>(i);
    }
  }
  return result;
}

std::vector<std::vector<NodeId>> consumers(const Graph& graph) {
  std::vector<std::vector<NodeId>> result(graph.values.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId input : graph.nodes[i].inputs) {
      result.at(index(input)).push_back(static_cast<NodeId>(i));
    }
  }
  return result;
}

bool used_once(const Graph& graph, ValueId id) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) count += std::ranges::count(node.inputs, id);
  return count == 1 && std::ranges::count(graph.outputs, id) == 0;
}

void replace_uses(Graph& graph, ValueId from, ValueId to) {
  for (Node& node : graph.nodes) std::ranges::replace(node.inputs, from, to);
  std::ranges::replace(graph.outputs, from, to);
}

void erase_nodes(Graph& graph, const std::vector<bool>& erased) {
  VERNIER_CHECK(erased.size() == graph.nodes.size());
  std::size_t position = 0;
  std::erase_if(graph.nodes, [&](const Node& /*node*/) { return erased[position++]; });
}

void sweep(Graph& graph) {
  std::vector<bool> needed(graph.values.size(), false);
  for (const ValueId output : graph.outputs) needed.at(index(output)) = true;
  std::vector<bool> erased(graph.nodes.size(), false);
  for (std::size_t i = graph.nodes.size(); i-- > 0;) {
    const Node& node = graph.nodes[i];
    erased[i] = std::ranges::none_of(node.outputs, [&](ValueId id) { return needed[index(id)]; });
    if (erased[i]) continue;
    for (const ValueId id : node.inputs) needed.at(index(id)) = true;
    for (const ValueId id : node.outputs) needed.at(index(id)) = true;
  }
  erase_nodes(graph, erased);

  for (const ValueId input : graph.inputs) needed.at(index(input)) = true;
  std::vector<ValueId> renumbered(graph.values.size());
  std::vector<Value> kept;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    renumbered[i] = static_cast<ValueId>(kept.size());
    if (needed[i]) kept.push_back(std::move(graph.values[i]));
  }
  graph.values = std::move(kept);
  const auto renumber = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) id = renumbered[index(id)];
  };
  renumber(graph.inputs);
  renumber(graph.outputs);
  for (Node& node : graph.nodes) {
    renumber(node.inputs);
    renumber(node.outputs);
  }
}

void sort_nodes(Graph& graph) {
  const auto producer = producers(graph);
  const auto readers = consumers(graph);
  std::vector<std::int64_t> pending = pending_inputs(graph, producer);
  // The earliest node that can run goes first, so that a sorted graph stays as it is.
  std::priority_queue<std::size_t, std::vector<std::size_t>, std::greater<>> ready;
  for (std::size_t i = 0; i < pending.size(); ++i) {
    if (pending[i] == 0) ready.push(i);
  }
  std::vector<Node> sorted;
  while (!ready.empty()) {
    const std::size_t next = ready.top();
    ready.pop();
    for (const ValueId output : graph.nodes[next].outputs) {
      for (const NodeId reader : readers[index(output)]) {
        if (--pending[index(reader)] == 0) ready.push(index(reader));
      }
    }
    sorted.push_back(graph.nodes[next]);
  }
  if (sorted.size() < graph.nodes.size()) {
    const auto stuck = std::ranges::find_if(pending, [](std::int64_t left) { return left > 0; });
    fail("the graph has a cycle; node '{}' is on it or behind it",
         graph.nodes[static_cast<std::size_t>(stuck - pending.begin())].name);
  }
  graph.nodes = std::move(sorted);
}

std::string foreign_operators(const Graph& graph) {
  std::map<std::string, std::string> places;
  for (const Node& node : graph.nodes) {
    const auto* foreign = std::get_if<Foreign>(&node.op);
    if (foreign == nullptr) continue;
    const std::string domain = foreign->domain.empty() ? "ai.onnx" : foreign->domain;
    std::string& nodes = places[fmt::format("{}::{}", domain, foreign->op_type)];
    nodes += fmt::format("{}'{}'", nodes.empty() ? "" : ", ", node.name);
  }
  std::string text;
  for (const auto& [type, nodes] : places) {
    text += fmt::format("{}type '{}' at {}", text.empty() ? "" : "; ", type, nodes);
  }
  return text;
}

}  // namespace vernier
