#include "vernier/ir/macs.h"

namespace vernier {

std::int64_t mac_count(const Op& op, const Shape& x, const Shape& weight, const Shape& y) {
  if (is_one_of<Conv>(op)) return element_count(y) * (element_count(weight) / weight[0]);
  if (is_one_of<ConvTranspose>(op)) return element_count(x) * (element_count(weight) / weight[0]);
  if (const auto* gemm = std::get_if<Gemm>(&op)) return element_count(y) * x[gemm->transA ? 0 : 1];
  if (is_one_of<MatMul>(op)) return element_count(y) * x.back();
  return 0;
}

std::int64_t mac_count(const Graph& graph, const Node& node) {
  if (node.inputs.size() < 2) return 0;
  return mac_count(node.op, graph[node.inputs[0]].shape, graph[node.inputs[1]].shape,
                   graph[node.outputs[0]].shape);
}

}  // namespace vernier
