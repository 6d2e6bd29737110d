#pragma once

#include <span>
#include <vector>

#include "vernier/ir/graph.h"

namespace vernier {

struct ValueType {
  DType dtype = DType::f32;
  Shape shape;

  bool operator==(const ValueType&) const = default;
};

/// Types of the outputs of an operator, from the types of its inputs. What does not fit is an Error
/// that says so
/// ("Conv: x has 3 channels, weight expects 16"). A Foreign operator cannot be inferred: an Error.
std::vector<ValueType> infer(const Op& op, std::span<const ValueType> inputs);

/// Recomputes dtype and shape of every computed value, front to back, inputs first. `batch`
/// replaces axis 0 of the inputs of a graph that takes any batch. An Error begins with the node's
/// name. Values behind Foreign nodes keep theirs.
void infer_shapes(Graph& graph, std::int64_t batch = 1);

}  // namespace vernier
