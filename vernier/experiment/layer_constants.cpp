#include "vernier/experiment/layer_constants.h"

#include <algorithm>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"

namespace vernier {
namespace {

constexpr std::uint32_t magic = 0x434C5256;  // "VRLC"
constexpr std::uint32_t version = 1;

/// The inputs of a node that methods may change.
struct Places {
  std::size_t begin = 0;
  std::size_t end = 0;
};

Places places(const Node& node) {
  if (is_one_of<Conv, ConvTranspose, Gemm>(node.op)) return {1, 3};        // weight, bias
  if (std::holds_alternative<BatchNormalization>(node.op)) return {3, 5};  // mean, variance
  return {};
}

struct LayerConstant {
  std::string layer;
  std::uint8_t input = 0;
  std::vector<float> elements;
};

std::vector<LayerConstant> changes(const Graph& before, const Graph& after) {
  std::vector<LayerConstant> changed;
  for (std::size_t i = 0; i < after.nodes.size(); ++i) {
    const Node& node = after.nodes[i];
    const auto [begin, end] = places(node);
    for (std::size_t input = begin; input < end; ++input) {
      const auto& now = after[node.inputs[input]].constant;
      if (!now || *now == before[before.nodes[i].inputs[input]].constant) continue;
      const auto elements = now->view<float>();
      changed.push_back(
          {node.name, static_cast<std::uint8_t>(input), {elements.begin(), elements.end()}});
    }
  }
  return changed;
}

void apply(Graph& graph, const LayerConstant& change, const std::string& what) {
  const auto node = std::ranges::find(graph.nodes, change.layer, &Node::name);
  const bool known = node != graph.nodes.end() && change.input >= places(*node).begin &&
                     change.input < places(*node).end && graph[node->inputs[change.input]].constant;
  if (!known) fail("{}: the model has no layer '{}'; quantize again", what, change.layer);
  const auto elements = own_constant(graph, *node, change.input).edit<float>();
  if (elements.size() != change.elements.size()) {
    fail("{}: {} elements for layer '{}', which has {}; quantize again", what,
         change.elements.size(), change.layer, elements.size());
  }
  std::ranges::copy(change.elements, elements.begin());
}

}  // namespace

std::vector<std::byte> layer_constants(const Graph& before, const Graph& after) {
  VERNIER_CHECK(before.nodes.size() == after.nodes.size());
  const std::vector<LayerConstant> changed = changes(before, after);
  ByteWriter writer;
  writer.number(static_cast<std::uint64_t>(changed.size()));
  for (const LayerConstant& each : changed) {
    writer.text(each.layer);
    writer.number(each.input);
    writer.numbers(std::span<const float>(each.elements));
  }
  return frame(magic, version, writer.bytes());
}

void apply_layer_constants(Graph& graph, std::span<const std::byte> file, const std::string& what) {
  ByteReader reader(unframe(magic, version, file, what), what);
  const auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    LayerConstant change;
    change.layer = reader.text();
    change.input = reader.number<std::uint8_t>();
    change.elements = reader.numbers<float>();
    apply(graph, change, what);
  }
  if (reader.remaining() != 0) reader.damaged("bytes left over");
}

}  // namespace vernier
