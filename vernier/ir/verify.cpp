#include <algorithm>
#include <set>
#include <span>

#include "vernier/base/error.h"
#include "vernier/ir/graph.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

void check_ids(const Graph& graph, std::span<const ValueId> ids, std::string_view where) {
  for (const ValueId id : ids) {
    if (index(id) >= graph.values.size()) {
      fail("{} mentions value number {}, but the graph has {}", where, index(id),
           graph.values.size());
    }
  }
}

template <typename Named>
void check_names(const std::vector<Named>& all, std::string_view kind) {
  std::set<std::string_view> seen;
  for (const Named& one : all) {
    if (one.name.empty()) fail("a {} has no name", kind);
    if (!seen.insert(one.name).second) fail("two {}s are called '{}'", kind, one.name);
  }
}

void check_values(const Graph& graph) {
  for (const Value& value : graph.values) {
    check_shape(value.shape, value.name);
    if (!value.constant) continue;
    if (value.constant->dtype() != value.dtype || value.constant->shape() != value.shape) {
      fail("constant '{}' is declared {}{} but holds {}{}", value.name, name(value.dtype),
           to_string(value.shape), name(value.constant->dtype()),
           to_string(value.constant->shape()));
    }
  }
}

// Marks the network's inputs and the constants as known; an input is neither named twice nor a
// constant.
std::vector<bool> known_at_start(const Graph& graph) {
  std::vector<bool> known;
  known.reserve(graph.values.size());
  for (const Value& value : graph.values) known.push_back(value.constant.has_value());
  for (const ValueId input : graph.inputs) {
    const Value& value = graph[input];
    if (known[index(input)]) fail("input '{}' is a constant or named twice", value.name);
    if (graph.any_batch && value.shape.empty()) {
      fail("input '{}' is a scalar, but the graph takes any batch", value.name);
    }
    known[index(input)] = true;
  }
  return known;
}

void check_order(const Graph& graph) {
  std::vector<bool> known = known_at_start(graph);
  for (const Node& node : graph.nodes) {
    for (const ValueId input : node.inputs) {
      if (!known[index(input)]) {
        fail("node '{}' reads '{}' before it is computed", node.name, graph[input].name);
      }
    }
    for (const ValueId output : node.outputs) {
      if (known[index(output)]) {
        fail("node '{}' computes '{}', which exists already", node.name, graph[output].name);
      }
      known[index(output)] = true;
    }
  }
  for (const ValueId output : graph.outputs) {
    if (!known[index(output)]) fail("output '{}' is never computed", graph[output].name);
  }
}

void check_types(const Graph& graph) {
  Graph inferred = graph;
  infer_shapes(inferred, current_batch(graph));
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& is = graph.values[i];
    const Value& expected = inferred.values[i];
    if (is.dtype != expected.dtype || is.shape != expected.shape) {
      fail("value '{}' is declared {}{} but computed as {}{}", is.name, name(is.dtype),
           to_string(is.shape), name(expected.dtype), to_string(expected.shape));
    }
  }
}

}  // namespace

void verify(const Graph& graph) {
  if (graph.outputs.empty()) fail("the graph has no outputs");
  check_ids(graph, graph.inputs, "the list of inputs");
  check_ids(graph, graph.outputs, "the list of outputs");
  for (const Node& node : graph.nodes) {
    check_ids(graph, node.inputs, fmt::format("node '{}'", node.name));
    check_ids(graph, node.outputs, fmt::format("node '{}'", node.name));
  }
  check_names(graph.values, "value");
  check_names(graph.nodes, "node");
  check_values(graph);
  check_order(graph);
  check_types(graph);
}

}  // namespace vernier
