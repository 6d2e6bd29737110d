#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/ir/op.h"

namespace vernier {

/// Positions in `Graph::values` and `Graph::nodes`; distinct types, so they cannot be mixed up.
enum class ValueId : std::uint32_t {};
enum class NodeId : std::uint32_t {};

inline std::size_t index(ValueId id) { return static_cast<std::size_t>(id); }
inline std::size_t index(NodeId id) { return static_cast<std::size_t>(id); }

struct Value {
  std::string name;
  DType dtype = DType::f32;
  Shape shape = {};                     ///< for batch 1 when the graph takes any batch
  std::optional<Tensor> constant = {};  ///< weights and folded constants
};

struct Node {
  std::string name;
  Op op = {};
  std::vector<ValueId> inputs = {};
  std::vector<ValueId> outputs = {};
};

/// A model. Nodes are kept in execution order, so running it is a loop; a copy is a deep copy.
struct Graph {
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  /// Axis 0 of every input is a batch of any size; else the shapes are fixed.
  bool any_batch = false;

  Value& operator[](ValueId id) { return values.at(index(id)); }
  const Value& operator[](ValueId id) const { return values.at(index(id)); }
  Node& operator[](NodeId id) { return nodes.at(index(id)); }
  const Node& operator[](NodeId id) const { return nodes.at(index(id)); }
};

ValueId add_value(Graph& graph, Value value);
ValueId add_constant(Graph& graph, std::string name, Tensor tensor);

/// The constant of a value that is known to have one.
const Tensor& constant(const Graph& graph, ValueId id);

/// The constant that `node` (of this graph) reads at `input`, to be changed: where others read it
/// too, the node gets a copy of its own first.
Tensor& own_constant(Graph& graph, Node& node, std::size_t input);

std::optional<ValueId> find_value_if_any(const Graph& graph, std::string_view name);
/// A value by name; an Error that names the near misses otherwise.
ValueId find_value(const Graph& graph, std::string_view name);

/// Node that computes each value; none for inputs and constants. Indexed by value.
std::vector<std::optional<NodeId>> producers(const Graph& graph);
/// Nodes that read each value, in execution order, once for each input slot that reads it. Indexed
/// by value.
std::vector<std::vector<NodeId>> consumers(const Graph& graph);
/// Read by exactly one input slot, and not an output of the graph.
bool used_once(const Graph& graph, ValueId id);

/// Lets every reader of `from`, and the graph's outputs, take `to` instead.
void replace_uses(Graph& graph, ValueId from, ValueId to);
/// Drops the nodes that a flag marks (one flag a node).
void erase_nodes(Graph& graph, const std::vector<bool>& erased);
/// Drops nodes that no output depends on, and values that nobody mentions; ids change.
void sweep(Graph& graph);
/// Sorts the nodes so that each stands behind those that it reads from; a cycle is an Error.
void sort_nodes(Graph& graph);

/// Checks the structure: ids in range, one producer a value, execution order, unique non-empty
/// names, the number of inputs and outputs of every node, and that the shapes are those that
/// `infer` gives. An Error names the place.
void verify(const Graph& graph);

/// Every node of an operator that we do not understand, "type 'domain::type' at 'node', 'node'";
/// empty if there is none.
std::string foreign_operators(const Graph& graph);

}  // namespace vernier
