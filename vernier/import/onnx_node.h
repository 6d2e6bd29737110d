#pragma once

// Private to import/: one ONNX node while it is converted.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <onnx/onnx_pb.h>

#include "vernier/import/graph_builder.h"
#include "vernier/import/onnx_attributes.h"
#include "vernier/ir/op.h"

namespace vernier {

struct OnnxNode {
  const onnx::NodeProto& proto;
  std::int64_t opset;
  const std::filesystem::path& folder;  ///< where the model lies
  GraphBuilder& graph;
  Attributes attributes;
  std::string name;                            ///< unique
  std::vector<std::optional<ValueId>> inputs;  ///< nothing where an optional one was left out
};

/// What a node of the file comes to: a node of ours, or a constant.
struct Computed {
  Op op;
  std::vector<ValueId> inputs;
};
using Folded = AtBatches<Tensor>;
using Converted = std::variant<Computed, Folded>;

std::optional<ValueId> input_if_any(const OnnxNode& node, std::size_t position);
/// An Error when it was left out.
ValueId input(const OnnxNode& node, std::size_t position);
std::vector<ValueId> all_inputs(const OnnxNode& node);

/// The shape of input `position` for a batch of 1, and its rank.
Shape shape(const OnnxNode& node, std::size_t position);
std::int64_t rank(const OnnxNode& node, std::size_t position);

/// Integers that must be constant; at both batches, or an Error when they depend on it.
AtBatches<Ints> integers_at_batches(const OnnxNode& node, std::size_t position);
Ints integers(const OnnxNode& node, std::size_t position);
/// Numbers of any type that must be constant.
std::vector<float> reals(const OnnxNode& node, std::size_t position);
/// Integers from the attribute `name`, or since `opset` from input `position`; none if left out.
std::optional<Ints> integers_if_any(OnnxNode& node, std::string_view name, std::int64_t opset,
                                    std::size_t position);

/// Counts negative axes from the end. An Error when there is no such axis.
std::int64_t positive_axis(std::int64_t axis, std::int64_t rank);
/// The same for a list, sorted. An Error when one occurs twice.
Ints positive_axes(Ints axes, std::int64_t rank);

/// A node in front of the one that is converted.
ValueId emit(OnnxNode& node, Op op, std::vector<ValueId> inputs);
/// A constant of this node that is not in the file, named after it.
ValueId emit_constant(OnnxNode& node, std::string_view what, const Tensor& tensor);

}  // namespace vernier
