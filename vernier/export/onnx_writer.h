#pragma once

// Private to export/: a GraphProto under construction.

#include <set>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "vernier/ir/graph.h"

namespace vernier {

class OnnxWriter {
 public:
  explicit OnnxWriter(const Graph& graph, int least_opset = 13);

  /// The node as ONNX has it, and what it needs beside: constants, a fused activation, an addend.
  void write(const Node& node);

  const std::string& name(ValueId id) const { return graph_[id].name; }
  const Shape& shape(ValueId id) const { return graph_[id].shape; }
  DType dtype(ValueId id) const { return graph_[id].dtype; }
  std::vector<std::string> names(const std::vector<ValueId>& ids) const;

  onnx::NodeProto& add(const std::string& type, const std::vector<std::string>& inputs,
                       const std::vector<std::string>& outputs);
  /// A constant beside those of the graph; returns its name, which begins with `base`.
  std::string add_constant(const std::string& base, const Tensor& tensor);
  std::string add_ints(const std::string& base, const Ints& values);
  std::string add_floats(const std::string& base, const std::vector<float>& values);
  /// A name that nothing has yet.
  std::string fresh(const std::string& base);
  /// The same among nodes, whose names some runtimes want to be different too.
  std::string fresh_node(const std::string& base);

  /// Between `add` calls: the lowest opset that knows all operators so far.
  int opset;
  /// Where the operators come from that we do not understand.
  std::set<std::string> foreign_domains;
  bool any_batch() const { return graph_.any_batch; }
  onnx::GraphProto proto;

 private:
  const Graph& graph_;
  std::set<std::string> taken_;
  std::set<std::string> taken_nodes_;
};

/// The tensor under a name, as raw data.
onnx::TensorProto onnx_tensor(const std::string& name, const Tensor& tensor);
onnx::TensorProto::DataType onnx_type(DType dtype);

}  // namespace vernier
