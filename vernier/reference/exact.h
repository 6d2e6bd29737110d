#pragma once

#include <span>
#include <vector>

#include "vernier/reference/integer_graph.h"

namespace vernier {

/// The reading `exact`: runs the integer graph with one readable loop per operator, on one batch of
/// f32 inputs. Returns the outputs as f32 (an output that is kept in integers is dequantized).
std::vector<Tensor> run_exact(const IntegerGraph& graph, std::span<const Tensor> inputs);

/// Every value, indexed by value: i32 tensors hold the integers of values with points, f32 the
/// others.
std::vector<Tensor> run_exact_values(const IntegerGraph& graph, std::span<const Tensor> inputs);

// Node by node, for who changes a network while it runs. `values` is indexed by value and holds at
// least what the node reads, as run_exact_values() gives it.

/// The inputs and the constants that nodes read; every other tensor is empty.
std::vector<Tensor> exact_inputs(const IntegerGraph& graph, std::span<const Tensor> inputs);
std::vector<Tensor> run_exact_node(const IntegerGraph& graph, const IntegerNode& node,
                                   std::span<const Tensor> values);

}  // namespace vernier
