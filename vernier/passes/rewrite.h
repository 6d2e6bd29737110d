#pragma once

// Private to passes/: what local rewrites have in common.

#include <optional>
#include <span>
#include <string>

#include "vernier/ir/quant_graph.h"

namespace vernier {

/// A local change at one node; returns whether it applied. It may leave nodes and values that
/// nobody reads.
using Rule = bool (*)(Graph& graph, NodeId id);

/// Applies the rules in rounds over the nodes until none applies any more. The graph has no points
/// yet, because what nobody reads goes and ids change.
void rewrite(QuantGraph& model, std::span<const Rule> rules);

/// The node that computes a value; none for inputs and constants.
std::optional<NodeId> producer(const Graph& graph, ValueId id);

/// The name itself, or with primes if a value has it already.
std::string unused_name(const Graph& graph, std::string name);

/// A new node of one operand in front of node `id`, whose number grows by one. Returns its result.
ValueId insert_before(Graph& graph, NodeId id, Op op, ValueId input);

/// Lets the readers of a node's one output read its first input. An output of the network keeps its
/// name, therefore false if that input cannot take it.
bool bypass(Graph& graph, const Node& node);

}  // namespace vernier
