#pragma once

#include <cstdint>
#include <span>
#include <string_view>
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

/// A shape from outside: sizes in 0..2^31 and at most 2^40 elements, or an Error that begins with
/// `what`. No product of sizes overflows behind this check.
void check_shape(const Shape& shape, std::string_view what);

/// The elements that one axis of a Slice takes: start, start + step, ... (`count` of them).
struct SliceRange {
  std::int64_t start = 0;
  std::int64_t step = 1;
  std::int64_t count = 0;
};

/// ONNX's rule for entry number `entry` of the slice, on an axis of this size: negative positions
/// count from the end, what lies outside is clamped. A step of 0 is an Error.
SliceRange slice_range(const Slice& op, std::size_t entry, std::int64_t size);

/// The batch that the shapes of the graph stand for: axis 0 of its inputs; 1 if its shapes are
/// fixed.
std::int64_t current_batch(const Graph& graph);

/// Recomputes dtype and shape of every computed value, front to back, inputs first. `batch`
/// replaces axis 0 of the inputs of a graph that takes any batch. An Error begins with the node's
/// name. Values behind Foreign nodes keep theirs.
void infer_shapes(Graph& graph, std::int64_t batch = 1);

}  // namespace vernier
