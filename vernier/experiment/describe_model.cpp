#include "vernier/experiment/describe_model.h"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

namespace vernier {
namespace {

/// Float islands, one line for each operator and reason.
std::vector<std::string> describe_islands(const IntegerGraph& integers) {
  std::map<std::pair<std::string, std::string>, std::vector<std::string>> groups;
  for (const FloatIsland& island : float_islands(integers)) {
    // What an operand is called differs from place to place; the kind of reason does not.
    const std::string reason = island.reason.find('\'') == std::string::npos
                                   ? island.reason
                                   : "what it reads or gives is float";
    groups[{island.type, reason}].push_back(island.node);
  }
  if (groups.empty()) return {"every operator runs on integers"};
  std::vector<std::string> lines;
  for (const auto& [kind, nodes] : groups) {
    lines.push_back(fmt::format("in float: {} {} ({}): {}{}", nodes.size(), kind.first, kind.second,
                                nodes.front(), nodes.size() > 1 ? ", ..." : ""));
  }
  return lines;
}

std::int64_t bytes_of_weights(const IntegerLinear& linear) {
  // Two to a byte where 4 bits hold them, as in a plan.
  const bool nibbles = std::ranges::all_of(centred_weights(linear),
                                           [](std::int32_t w) { return w >= -8 && w <= 7; });
  const auto bytes = static_cast<std::int64_t>(linear.weight.bytes().size());
  return nibbles ? (bytes + 1) / 2 : bytes;
}

}  // namespace

std::int64_t float_bytes(const Graph& graph) {
  std::int64_t bytes = 0;
  for (const Value& value : graph.values) {
    if (value.constant && value.dtype == DType::f32)
      bytes += static_cast<std::int64_t>(value.constant->bytes().size());
  }
  return bytes;
}

std::int64_t weight_bytes(const IntegerGraph& graph) {
  std::int64_t bytes = 0;
  for (const IntegerNode& node : graph.nodes) {
    const auto* linear = std::get_if<IntegerLinear>(&node.op);
    if (linear == nullptr) continue;
    bytes += bytes_of_weights(*linear);
    bytes +=
        static_cast<std::int64_t>(linear->bias.size() * (sizeof(std::int32_t) + sizeof(float)));
  }
  return bytes;
}

std::vector<std::string> describe_model(const Graph& graph, const IntegerGraph& integers) {
  std::vector<std::string> lines = describe_islands(integers);
  lines.insert(lines.begin(),
               fmt::format("model: {} nodes, {:.3f} million parameters", graph.nodes.size(),
                           static_cast<double>(float_bytes(graph)) / 4e6));
  return lines;
}

}  // namespace vernier
