// The graph of an ONNX file: values, constants, batch axis. Nodes stand in onnx_nodes.cpp.

#include "vernier/export/onnx.h"

#include <algorithm>
#include <array>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/export/onnx_writer.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

constexpr int ir_version_13 = 7;
constexpr int ir_version_21 = 10;

// Integers of 16 bits are quantized since opset 21.
int opset_for(const Graph& graph, const OnnxOptions& options) {
  const auto is_wide = [&](const Node& node) {
    if (const auto* quantize = std::get_if<QuantizeLinear>(&node.op))
      return quantize->to == DType::i16 || quantize->to == DType::u16;
    const DType type = graph[node.inputs.at(0)].dtype;
    return std::holds_alternative<DequantizeLinear>(node.op) &&
           (type == DType::i16 || type == DType::u16);
  };
  return std::ranges::any_of(graph.nodes, is_wide) ? 21 : options.least_opset;
}

// Constants of 8 bits that only a DequantizeLinear reads and that 4 bits hold, with their zero
// points.
std::vector<bool> four_bit_constants(const Graph& graph) {
  std::vector<bool> flags(graph.values.size(), false);
  const auto fits = [&](ValueId id) {
    const auto& tensor = graph[id].constant;
    if (!tensor || !used_once(graph, id)) return false;
    const auto within = [&](auto lo, auto hi) {
      return std::ranges::all_of(tensor->view<decltype(lo)>(),
                                 [&](auto each) { return each >= lo && each <= hi; });
    };
    if (tensor->dtype() == DType::i8) return within(std::int8_t{-8}, std::int8_t{7});
    return tensor->dtype() == DType::u8 && within(std::uint8_t{0}, std::uint8_t{15});
  };
  for (const Node& node : graph.nodes) {
    if (!std::holds_alternative<DequantizeLinear>(node.op)) continue;
    if (!fits(node.inputs[0]) || !fits(node.inputs[2])) continue;
    flags[index(node.inputs[0])] = flags[index(node.inputs[2])] = true;
  }
  return flags;
}

// Two elements a byte, the first in the low half.
onnx::TensorProto four_bit_tensor(const std::string& name, const Tensor& tensor) {
  constexpr int uint4 = 21;
  constexpr int int4 = 22;  // of opset 21; the installed proto may be older
  onnx::TensorProto proto;
  proto.set_name(name);
  proto.set_data_type(tensor.dtype() == DType::i8 ? int4 : uint4);
  for (const std::int64_t size : tensor.shape()) proto.add_dims(size);
  std::string bytes((tensor.bytes().size() + 1) / 2, '\0');
  for (std::size_t i = 0; i < tensor.bytes().size(); ++i) {
    const int half = std::to_integer<int>(tensor.bytes()[i]) & 15;
    bytes[i / 2] = static_cast<char>(bytes[i / 2] | (half << (i % 2 * 4)));
  }
  proto.set_raw_data(bytes);
  return proto;
}

// The graph for two images. What an operator gives that we do not understand is taken to hold the
// batch on axis 0, unless it is made of constants.
Graph doubled(Graph graph) {
  if (!graph.any_batch) return graph;
  for (const Node& node : graph.nodes) {
    const bool fixed = std::ranges::all_of(
        node.inputs, [&](ValueId id) { return graph[id].constant.has_value(); });
    if (!std::holds_alternative<Foreign>(node.op) || fixed) continue;
    for (const ValueId id : node.outputs) {
      if (!graph[id].shape.empty()) graph[id].shape[0] *= 2;
    }
  }
  infer_shapes(graph, 2);
  return graph;
}

// An axis that grows with the batch is open: `N` where it is the batch itself.
void write_value(const Value& value, const Shape& double_batch, onnx::ValueInfoProto& info) {
  info.set_name(value.name);
  auto* type = info.mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx_type(value.dtype));
  auto* shape = type->mutable_shape();
  for (std::size_t axis = 0; axis < value.shape.size(); ++axis) {
    auto* size = shape->add_dim();
    if (double_batch[axis] == value.shape[axis]) {
      size->set_dim_value(value.shape[axis]);
    } else if (value.shape[axis] == 1) {
      size->set_dim_param("N");
    }
  }
}

std::vector<std::byte> serialized(const onnx::ModelProto& model) {
  std::vector<std::byte> bytes(model.ByteSizeLong());
  if (!model.SerializeToArray(bytes.data(), static_cast<int>(bytes.size()))) {
    fail("the model has {} bytes, more than an ONNX file holds (2 GiB)", bytes.size());
  }
  return bytes;
}

}  // namespace

onnx::TensorProto::DataType onnx_type(DType dtype) {
  // In the order of DType.
  static constexpr std::array types = {onnx::TensorProto::FLOAT, onnx::TensorProto::DOUBLE,
                                       onnx::TensorProto::INT64, onnx::TensorProto::INT32,
                                       onnx::TensorProto::INT16, onnx::TensorProto::UINT16,
                                       onnx::TensorProto::INT8,  onnx::TensorProto::UINT8};
  return types.at(static_cast<std::size_t>(dtype));
}

onnx::TensorProto onnx_tensor(const std::string& name, const Tensor& tensor) {
  onnx::TensorProto proto;
  proto.set_name(name);
  proto.set_data_type(onnx_type(tensor.dtype()));
  for (const std::int64_t size : tensor.shape()) proto.add_dims(size);
  proto.set_raw_data(tensor.bytes().data(), tensor.bytes().size());
  return proto;
}

void export_onnx(const Graph& graph, const OnnxOptions& options,
                 const std::filesystem::path& path) {
  const Graph twice = doubled(graph);
  OnnxWriter writer(graph, opset_for(graph, options));
  writer.proto.set_name(path.stem().string());
  const auto declare = [&](ValueId id, onnx::ValueInfoProto* info) {
    write_value(graph[id], twice[id].shape, *info);
  };
  for (const Node& node : graph.nodes) {
    writer.write(node);
    if (!std::holds_alternative<Foreign>(node.op)) continue;
    for (const ValueId id : node.outputs) declare(id, writer.proto.add_value_info());
  }
  const std::vector<bool> four_bits = writer.opset >= 21
                                          ? four_bit_constants(graph)
                                          : std::vector<bool>(graph.values.size(), false);
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (!value.constant) continue;
    *writer.proto.add_initializer() = four_bits[i] ? four_bit_tensor(value.name, *value.constant)
                                                   : onnx_tensor(value.name, *value.constant);
  }
  for (const ValueId id : graph.inputs) declare(id, writer.proto.add_input());
  for (const ValueId id : graph.outputs) declare(id, writer.proto.add_output());

  onnx::ModelProto model;
  model.set_ir_version(writer.opset > 14 ? ir_version_21 : ir_version_13);
  model.set_producer_name("vernier");
  model.add_opset_import()->set_version(writer.opset);
  for (const std::string& domain : writer.foreign_domains) {
    if (domain.empty() || domain == "ai.onnx") continue;
    auto& opset = *model.add_opset_import();
    opset.set_domain(domain);
    opset.set_version(1);
  }
  *model.mutable_graph() = std::move(writer.proto);
  write_file(path, serialized(model));
}

}  // namespace vernier
