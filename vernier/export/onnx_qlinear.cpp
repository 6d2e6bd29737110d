// The form of ONNX files in operators on integers ("QOperator"): what TVM's QNN and older runtimes
// read. Sources: ONNX operators, QLinearConv; ONNX Runtime, contrib operators.

#include "vernier/export/onnx_qlinear.h"

#include <algorithm>
#include <optional>

#include "vernier/export/onnx_attribute.h"

namespace vernier {
namespace {

/// Integers, scale, zero point.
using Parts = std::vector<ValueId>;

struct NoAttributes {
  static void fields(auto& /*self*/, auto&& /*field*/) {}
};

/// Those of Gemm but for beta.
struct QGemmAttributes {
  float alpha;
  std::int64_t a_transposed;
  std::int64_t b_transposed;

  static void fields(auto& self, auto&& field) {
    field("alpha", self.alpha);
    field("transA", self.a_transposed);
    field("transB", self.b_transposed);
  }
};

class QLinearRewriter {
 public:
  explicit QLinearRewriter(Graph& graph)
      : graph_(graph),
        producers_(producers(graph)),
        consumers_(consumers(graph)),
        erased_(graph.nodes.size(), false) {}

  void run() {
    for (Node& node : graph_.nodes) rewrite(node);
    erase_nodes(graph_, erased_);
  }

 private:
  /// What a DequantizeLinear reads to give the value.
  std::optional<Parts> parts(ValueId id) const {
    const auto producer = producers_[index(id)];
    if (!producer || !std::holds_alternative<DequantizeLinear>(graph_[*producer].op))
      return std::nullopt;
    return graph_[*producer].inputs;
  }

  /// The QuantizeLinear that alone reads the value.
  std::optional<NodeId> quantizer(ValueId id) const {
    const auto& readers = consumers_[index(id)];
    const bool alone = used_once(graph_, id);
    if (!alone || !std::holds_alternative<QuantizeLinear>(graph_[readers[0]].op))
      return std::nullopt;
    return readers[0];
  }

  /// Where the name of the operator comes from.
  struct Name {
    std::string type;
    std::string domain = "com.microsoft";
  };

  /// Makes the node one on integers. With its quantizer goes that one's place: the node gives what
  /// it gave.
  template <typename Type>
  void replace(Node& node, const Name& name, const Type& op, std::vector<ValueId> inputs) {
    if (const auto to = quantizer(node.outputs[0])) {
      erased_[index(*to)] = true;
      node.outputs = graph_[*to].outputs;
    }
    onnx::NodeProto definition;
    definition.set_op_type(name.type);
    for (std::size_t i = 0; i < inputs.size(); ++i) definition.add_input("x");
    definition.add_output("y");
    set_fields(definition, op);
    node.op = Foreign{
        .domain = name.domain, .op_type = name.type, .definition = definition.SerializeAsString()};
    node.inputs = std::move(inputs);
  }

  static void append(std::vector<ValueId>& inputs, const Parts& more) {
    inputs.insert(inputs.end(), more.begin(), more.end());
  }

  /// Every operand's parts; none if one is a float.
  std::optional<std::vector<ValueId>> operands(const Node& node) const {
    std::vector<ValueId> inputs;
    for (const ValueId id : node.inputs) {
      const auto each = parts(id);
      if (!each) return std::nullopt;
      append(inputs, *each);
    }
    return inputs;
  }

  /// x, weight and bias, the bias without scale and zero point, which are those of the products.
  std::optional<std::vector<ValueId>> layer_operands(const Node& node) const {
    auto inputs = operands(node);
    if (!inputs || node.inputs.size() != 3) return std::nullopt;
    inputs->resize(7);
    return inputs;
  }

  template <typename Type>
  void rewrite_plain(Node& node, const std::string& type, const Type& op) {
    const auto to = quantizer(node.outputs[0]);
    auto inputs = operands(node);
    if (!to || !inputs) return;
    const Node& last = graph_[*to];
    const Parts result = {last.inputs[1], last.inputs[2]};
    if (std::holds_alternative<Concat>(node.op)) {
      inputs->insert(inputs->begin(), result.begin(), result.end());
    } else {
      append(*inputs, result);
    }
    replace(node, {type}, op, *inputs);
  }

  void rewrite_conv(Node& node, const Conv& conv) {
    const auto to = quantizer(node.outputs[0]);
    auto inputs = layer_operands(node);
    if (!to || !inputs || conv.activation != Activation{}) return;
    const Node& last = graph_[*to];
    inputs->insert(inputs->begin() + 6, {last.inputs[1], last.inputs[2]});
    replace(node, {"QLinearConv", ""}, conv, *inputs);
  }

  void rewrite_gemm(Node& node, const Gemm& gemm) {
    auto inputs = layer_operands(node);
    if (!inputs || gemm.activation != Activation{} || gemm.beta != 1.0F) return;
    const QGemmAttributes op{gemm.alpha, gemm.transA, gemm.transB};
    if (const auto to = quantizer(node.outputs[0]))
      append(*inputs, {graph_[*to].inputs[1], graph_[*to].inputs[2]});
    replace(node, {"QGemm"}, op, *inputs);
  }

  void rewrite(Node& node) {
    if (const auto* conv = std::get_if<Conv>(&node.op)) return rewrite_conv(node, *conv);
    if (const auto* gemm = std::get_if<Gemm>(&node.op)) return rewrite_gemm(node, *gemm);
    const auto plain = [&](const std::string& type, const auto& op) {
      rewrite_plain(node, type, op);
    };
    const bool clamps =
        (std::holds_alternative<Add>(node.op) &&
         std::get<Add>(node.op).activation != Activation{}) ||
        (std::holds_alternative<Mul>(node.op) && std::get<Mul>(node.op).activation != Activation{});
    if (clamps) return;
    if (std::holds_alternative<Add>(node.op)) return plain("QLinearAdd", NoAttributes{});
    if (std::holds_alternative<Mul>(node.op)) return plain("QLinearMul", NoAttributes{});
    if (std::holds_alternative<GlobalAveragePool>(node.op))
      return plain("QLinearGlobalAveragePool", NoAttributes{});
    if (std::holds_alternative<Sigmoid>(node.op)) return plain("QLinearSigmoid", NoAttributes{});
    if (const auto* pool = std::get_if<AveragePool>(&node.op))
      return plain("QLinearAveragePool", AveragePool(*pool));
    if (const auto* leaky = std::get_if<LeakyRelu>(&node.op))
      return plain("QLinearLeakyRelu", LeakyRelu(*leaky));
    if (const auto* concat = std::get_if<Concat>(&node.op))
      return plain("QLinearConcat", Concat(*concat));
  }

  Graph& graph_;
  const std::vector<std::optional<NodeId>> producers_;
  const std::vector<std::vector<NodeId>> consumers_;
  std::vector<bool> erased_;
};

}  // namespace

Graph qlinear_graph(Graph qdq) {
  QLinearRewriter(qdq).run();
  sweep(qdq);
  verify(qdq);
  return qdq;
}

}  // namespace vernier
