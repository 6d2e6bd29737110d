#pragma once

// Private to import/: types that an ONNX file declares, at the two batches of GraphBuilder.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <onnx/onnx_pb.h>

#include "vernier/import/graph_builder.h"
#include "vernier/import/import.h"

namespace vernier {

/// The inputs of the graph, and what their symbolic sizes stand for.
class OnnxInputs {
 public:
  /// A symbolic first axis is the batch. Any other symbolic size must come from the options, and
  /// an Error says so.
  OnnxInputs(const onnx::GraphProto& file, const ImportOptions& options);

  bool any_batch() const { return any_batch_; }
  /// Names and types in the order of the file; initializers are no inputs.
  const std::vector<std::pair<std::string, AtBatches<ValueType>>>& types() const { return types_; }
  /// Of a computed value: the output of an operator that is not understood.
  AtBatches<ValueType> declared_type(const std::string& name) const;

 private:
  using Dimension = onnx::TensorShapeProto::Dimension;
  void bind(const std::string& symbol, const AtBatches<std::int64_t>& size);
  std::optional<AtBatches<std::int64_t>> size_of(const std::string& symbol) const;
  void bind_symbols(const onnx::ValueInfoProto& input, const ImportOptions& options);
  void add_input(const onnx::ValueInfoProto& input, const ImportOptions& options);
  AtBatches<std::int64_t> given_size(std::int64_t size);
  AtBatches<std::int64_t> declared_size(const onnx::ValueInfoProto& input, int axis);
  void expect_one_batch() const;

  std::map<std::string, const onnx::ValueInfoProto*, std::less<>> declared_;
  /// Nothing where one symbol would have to stand for two sizes: some writers call all "?".
  std::map<std::string, std::optional<AtBatches<std::int64_t>>, std::less<>> symbols_;
  std::vector<std::pair<std::string, AtBatches<ValueType>>> types_;
  bool any_batch_ = false;
};

}  // namespace vernier
