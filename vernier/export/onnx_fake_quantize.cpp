// The form that NNCF and MQBench give to OpenVINO: FakeQuantize of the domain org.openvinotoolkit,
// float weights in front of their quantizer. Source: OpenVINO, FakeQuantize-1.

#include "vernier/export/onnx_fake_quantize.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/export/onnx_attribute.h"
#include "vernier/quant/quant_params.h"

namespace vernier {
namespace {

struct FakeQuantizeAttributes {
  std::int64_t levels = 256;

  static void fields(auto& self, auto&& field) { field("levels", self.levels); }
};

std::vector<std::int32_t> integers_of(const Tensor& tensor) {
  std::vector<std::int32_t> integers;
  visit_dtype(tensor.dtype(), [&](auto zero) {
    using Type = decltype(zero);
    for (const Type each : tensor.view<Type>()) integers.push_back(static_cast<std::int32_t>(each));
  });
  return integers;
}

/// What the integers of a DequantizeLinear are worth.
struct Reals {
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;
};

class FakeQuantizeRewriter {
 public:
  explicit FakeQuantizeRewriter(Graph& graph)
      : graph_(graph), producers_(producers(graph)), erased_(graph.nodes.size(), false) {}

  void run() {
    for (std::size_t i = 0; i < erased_.size(); ++i) {
      if (std::holds_alternative<DequantizeLinear>(graph_.nodes[i].op)) rewrite(i);
    }
    erase_nodes(graph_, erased_);
  }

 private:
  Reals reals_of(const Node& node) const {
    const auto scales = graph_[node.inputs[1]].constant->view<float>();
    return {{scales.begin(), scales.end()}, integers_of(*graph_[node.inputs[2]].constant)};
  }

  Tensor dequantized(const Node& node, const Tensor& integers) const {
    const Reals reals = reals_of(node);
    const std::vector<std::int32_t> codes = integers_of(integers);
    const std::size_t row = codes.size() / reals.scales.size();
    std::vector<float> values;
    for (std::size_t i = 0; i < codes.size(); ++i) {
      values.push_back(reals.scales[i / row] *
                       static_cast<float>(codes[i] - reals.zero_points[i / row]));
    }
    return Tensor::of<float>(integers.shape(), values);
  }

  ValueId ends(const Node& node, const std::string& name, std::int32_t code, const Shape& shape) {
    const Reals reals = reals_of(node);
    std::vector<float> values;
    for (std::size_t i = 0; i < reals.scales.size(); ++i)
      values.push_back(static_cast<float>(code - reals.zero_points[i]) * reals.scales[i]);
    const std::string base = graph_[node.outputs[0]].name + name;
    return add_constant(graph_, base, Tensor::of<float>(shape, values));
  }

  void replace(std::size_t position, ValueId x, IntRange codes) {
    const Node node = graph_.nodes[position];
    const std::size_t channels = static_cast<std::size_t>(graph_[node.inputs[1]].constant->size());
    Shape shape;
    if (channels > 1) {
      shape.assign(graph_[x].shape.size(), 1);
      shape[0] = static_cast<std::int64_t>(channels);
    }
    const ValueId lo = ends(node, ".lo", codes.lo, shape);
    const ValueId hi = ends(node, ".hi", codes.hi, shape);
    onnx::NodeProto definition;
    definition.set_op_type("FakeQuantize");
    for (int i = 0; i < 5; ++i) definition.add_input("x");
    definition.add_output("y");
    set_fields(definition, FakeQuantizeAttributes{codes.steps() + 1});
    graph_.nodes[position].op = Foreign{.domain = "org.openvinotoolkit",
                                        .op_type = "FakeQuantize",
                                        .definition = definition.SerializeAsString()};
    graph_.nodes[position].inputs = {x, lo, hi, lo, hi};
  }

  void rewrite(std::size_t position) {
    const Node node = graph_.nodes[position];
    const Value& integers = graph_[node.inputs[0]];
    const DType dtype = integers.dtype;
    if (integers.constant && dtype == DType::i32) {  // a bias
      graph_[node.outputs[0]].constant = dequantized(node, *integers.constant);
      erased_[position] = true;
      return;
    }
    if (dtype != DType::u8 && dtype != DType::i8)
      fail("'{}' has more than 8 bits, which OpenVINO's integers do not hold", integers.name);
    IntRange codes = dtype == DType::u8 ? IntRange{0, 255} : IntRange{-128, 127};
    if (!integers.constant) {
      const auto quantizer = producers_[index(node.inputs[0])];
      if (!quantizer) return;  // an input of the network
      replace(position, graph_[*quantizer].inputs[0], codes);
      return;
    }
    const std::vector<std::int32_t> all = integers_of(*integers.constant);
    const bool narrow = dtype == DType::i8 && std::ranges::count(all, -128) == 0;
    if (narrow) codes.lo = -127;
    const Tensor reals = dequantized(node, *integers.constant);
    replace(position, add_constant(graph_, integers.name + ".real", reals), codes);
  }

  Graph& graph_;
  const std::vector<std::optional<NodeId>> producers_;
  std::vector<bool> erased_;
};

}  // namespace

Graph fake_quantize_graph(Graph qdq) {
  FakeQuantizeRewriter(qdq).run();
  sweep(qdq);
  verify(qdq);
  return qdq;
}

}  // namespace vernier
