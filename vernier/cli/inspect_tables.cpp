#include "vernier/cli/inspect_tables.h"

#include <algorithm>

#include <fmt/format.h>

#include "vernier/ir/macs.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

std::int64_t parameter_count(const Graph& graph, const Node& node) {
  std::int64_t count = 0;
  for (const ValueId id : node.inputs) count += graph[id].constant ? graph[id].constant->size() : 0;
  return count;
}

std::string integers(const QuantPoint& point) {
  return fmt::format("{}..{}", point.spec.range.lo, point.spec.range.hi);
}

std::string scales(const QuantPoint& point) {
  if (point.params.empty()) return "-";
  const auto [lo, hi] = std::ranges::minmax(point.params, {}, &QuantParams::scale);
  if (point.params.size() == 1) return fmt::format("{:.6g}", lo.scale);
  return fmt::format("{:.4g}..{:.4g} ({})", lo.scale, hi.scale, point.params.size());
}

std::string real_range(const QuantPoint& point) {
  if (point.params.size() != 1) return "";
  const Range range = representable(point.params[0], point.spec);
  return fmt::format("{:.5g}..{:.5g}", range.lo, range.hi);
}

}  // namespace

std::string node_table(const Graph& graph) {
  std::string text = fmt::format("{:<40} {:<18} {:<20} {:>12} {:>10}\n", "node", "operator",
                                 "output", "parameters", "MMAC");
  std::int64_t parameters = 0;
  std::int64_t macs = 0;
  for (const Node& node : graph.nodes) {
    const std::int64_t own = parameter_count(graph, node);
    const std::int64_t own_macs = mac_count(graph, node);
    parameters += own;
    macs += own_macs;
    text += fmt::format("{:<40} {:<18} {:<20} {:>12} {:>10.3f}\n", node.name, type_name(node.op),
                        to_string(graph[node.outputs[0]].shape), own,
                        static_cast<double>(own_macs) / 1e6);
  }
  text += fmt::format("{} nodes, {} parameters, {:.3f} MMAC an image{}\n", graph.nodes.size(),
                      parameters, static_cast<double>(macs) / 1e6,
                      graph.any_batch ? ", any batch" : "");
  return text;
}

std::string point_table(const QuantGraph& model) {
  std::string text = fmt::format("{:<40} {:<12} {:<28} {:>10}  {:<22} {}\n", "value", "integers",
                                 "scale", "zero point", "real", "parameters of");
  for (const auto& [id, point] : model.points) {
    const std::string zero_point =
        point.params.empty() ? "-" : std::to_string(point.params[0].zero_point);
    text += fmt::format("{:<40} {:<12} {:<28} {:>10}  {:<22} {}\n", model.graph[id].name,
                        integers(point), scales(point), zero_point, real_range(point),
                        point.leader == id ? "" : model.graph[point.leader].name);
  }
  text += fmt::format("{} quantization points\n", model.points.size());
  return text;
}

}  // namespace vernier
