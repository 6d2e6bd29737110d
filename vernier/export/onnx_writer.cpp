#include "vernier/export/onnx_writer.h"

#include <fmt/format.h>

namespace vernier {
namespace {

std::string unique(const std::string& base, std::set<std::string>& taken) {
  std::string name = base;
  for (int number = 2; !taken.insert(name).second; ++number) {
    name = fmt::format("{}.{}", base, number);
  }
  return name;
}

}  // namespace

OnnxWriter::OnnxWriter(const Graph& graph, int least_opset) : opset(least_opset), graph_(graph) {
  for (const Value& value : graph.values) taken_.insert(value.name);
  for (const Node& node : graph.nodes) taken_nodes_.insert(node.name);
}

std::vector<std::string> OnnxWriter::names(const std::vector<ValueId>& ids) const {
  std::vector<std::string> result;
  for (const ValueId id : ids) result.push_back(name(id));
  return result;
}

onnx::NodeProto& OnnxWriter::add(const std::string& type, const std::vector<std::string>& inputs,
                                 const std::vector<std::string>& outputs) {
  onnx::NodeProto& node = *proto.add_node();
  node.set_op_type(type);
  for (const std::string& input : inputs) node.add_input(input);
  for (const std::string& output : outputs) node.add_output(output);
  return node;
}

std::string OnnxWriter::add_constant(const std::string& base, const Tensor& tensor) {
  std::string name = fresh(base);
  *proto.add_initializer() = onnx_tensor(name, tensor);
  return name;
}

std::string OnnxWriter::add_ints(const std::string& base, const Ints& values) {
  return add_constant(base,
                      Tensor::of<std::int64_t>({static_cast<std::int64_t>(values.size())}, values));
}

std::string OnnxWriter::add_floats(const std::string& base, const std::vector<float>& values) {
  return add_constant(base, Tensor::of<float>({static_cast<std::int64_t>(values.size())}, values));
}

std::string OnnxWriter::fresh(const std::string& base) { return unique(base, taken_); }

std::string OnnxWriter::fresh_node(const std::string& base) { return unique(base, taken_nodes_); }

}  // namespace vernier
