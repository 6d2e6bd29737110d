#pragma once

// Private to import/: a graph while it is made, at two batch sizes at once.
//
// A graph that takes any batch is worked out for a batch of 1, as its shapes are written, and for
// another one. What is equal at both does not depend on the batch; where the second does not fit,
// the model only works for particular batches. So shape arithmetic needs no symbols: it is folded
// twice by the same code that computes everything else.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/ir/graph.h"
#include "vernier/ir/shapes.h"

namespace vernier {

/// 1, and a size that no model has by accident.
inline constexpr std::array<std::int64_t, 2> probed_batches = {1, 97};

/// Something at each of the two batches.
template <typename T>
using AtBatches = std::array<T, 2>;

/// `infer` at the second batch: its Error says that the batch may be fixed.
std::vector<ValueType> infer_at_second_batch(const Op& op, std::span<const ValueType> inputs);

/// Hands out names that are used once each.
class UniqueNames {
 public:
  /// Names that the file gives: they go to those who have them there.
  void reserve(std::string_view name) { reserved_.emplace(name); }
  /// `name`, if nobody has it yet; else with a number behind it.
  std::string take(const std::string& name);
  /// Like `take`, for something that has no name of its own.
  std::string make(const std::string& name);

 private:
  std::set<std::string, std::less<>> reserved_;
  std::set<std::string, std::less<>> taken_;
};

class GraphBuilder {
 public:
  /// `names` may only hold reservations.
  GraphBuilder(bool any_batch, UniqueNames value_names, UniqueNames node_names);

  ValueId add_input(const std::string& name, const AtBatches<ValueType>& types);
  ValueId add_constant(const std::string& name, const Tensor& tensor);
  /// A constant that may depend on the batch.
  ValueId add_constant(const std::string& name, const AtBatches<Tensor>& tensors);

  /// The outputs of a new node; where all inputs are constants, so are the outputs, and there is no
  /// node. `outputs` holds names for some or all; the others get one.
  std::vector<ValueId> add_node(Node node, std::span<const std::string> outputs);
  /// The same for a node whose output types are known otherwise. It is not folded.
  std::vector<ValueId> add_outputs(Node node, std::span<const std::string> outputs,
                                   std::span<const AtBatches<ValueType>> types);

  AtBatches<ValueType> types(ValueId id) const;
  DType dtype(ValueId id) const { return graph_[id].dtype; }
  /// At a batch of 1.
  const Shape& shape(ValueId id) const { return graph_[id].shape; }
  const std::string& name(ValueId id) const { return graph_[id].name; }
  bool is_constant(ValueId id) const { return graph_[id].constant.has_value(); }
  /// A constant that is not the same at both batches.
  bool depends_on_batch(ValueId id) const;
  AtBatches<Tensor> constants(ValueId id) const;
  /// Integers of 4 bits, which have bytes here.
  void mark_four_bit(ValueId id) { four_bit_.insert(id); }
  bool is_four_bit(ValueId id) const { return four_bit_.contains(id); }

  /// Counts elements that stand in no file: a few bytes must not ask for gigabytes.
  void spend(std::int64_t elements);

  UniqueNames& value_names() { return value_names_; }
  UniqueNames& node_names() { return node_names_; }

  /// Without what no output needs.
  Graph finish(std::vector<ValueId> outputs) &&;

 private:
  ValueId add(Value value, Shape second_shape, std::optional<Tensor> second_constant);
  std::vector<ValueId> fold(const Node& node, std::span<const std::string> names);
  std::string output_name(const Node& node, std::span<const std::string> names, std::size_t output);
  std::vector<AtBatches<ValueType>> infer_types(const Node& node) const;

  struct AtSecondBatch {
    Shape shape;
    std::optional<Tensor> constant;
  };
  Graph graph_;
  std::vector<AtSecondBatch> second_;  // indexed by value
  std::set<ValueId> four_bit_;
  UniqueNames value_names_;
  UniqueNames node_names_;
  std::int64_t spent_ = 0;
};

}  // namespace vernier
