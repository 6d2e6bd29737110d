#include "vernier/experiment/layer_constants.h"

#include <algorithm>
#include <bit>
#include <optional>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/round_by_addition.h"
#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

constexpr std::uint32_t magic = 0x434C5256;  // "VRLC"
constexpr std::uint32_t version = 2;

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

/// A weight as steps of int8 from zero, each row with a scale: a quarter of its bytes.
struct Steps {
  std::vector<float> scales;
  std::vector<std::int8_t> steps;
};

/// The elements of a row in steps; false if they are no such steps, to the last bit.
VERNIER_VECTOR_CLONES
bool find_steps(std::span<const float> row, float scale, std::span<std::int8_t> steps) {
  std::uint32_t differing = 0;
  for (std::size_t i = 0; i < row.size(); ++i) {
    const float within = std::max(-128.0F, std::min(127.0F, row[i] / scale));  // so is NaN
    steps[i] = static_cast<std::int8_t>(round_by_addition(within));
    const float again = scale * static_cast<float>(steps[i]);
    differing |= std::bit_cast<std::uint32_t>(again) ^ std::bit_cast<std::uint32_t>(row[i]);
  }
  return differing == 0;
}

std::optional<Steps> steps_of(std::span<const float> elements, std::span<const QuantParams> rows) {
  if (rows.empty() || elements.empty() || elements.size() % rows.size() != 0) return std::nullopt;
  Steps result = {.scales = {}, .steps = std::vector<std::int8_t>(elements.size())};
  const std::size_t size = elements.size() / rows.size();
  for (std::size_t row = 0; row < rows.size(); ++row) {
    const float scale = result.scales.emplace_back(rows[row].scale);
    const std::size_t begin = row * size;
    if (!find_steps(elements.subspan(begin, size), scale,
                    std::span(result.steps).subspan(begin, size)))
      return std::nullopt;
  }
  return result;
}

std::vector<float> elements_of(const Steps& steps, const ByteReader& reader) {
  if (steps.scales.empty() || steps.steps.size() % steps.scales.size() != 0)
    reader.damaged(fmt::format("{} weights in {} rows", steps.steps.size(), steps.scales.size()));
  const std::size_t size = steps.steps.size() / steps.scales.size();
  std::vector<float> elements(steps.steps.size());
  for (std::size_t i = 0; i < elements.size(); ++i)
    elements[i] = steps.scales[i / size] * static_cast<float>(steps.steps[i]);
  return elements;
}

/// What stands in front of the elements.
enum class Form : std::uint8_t { floats, steps };

void write_elements(ByteWriter& writer, std::span<const float> elements, const QuantPoint* point) {
  const auto steps =
      steps_of(elements, point != nullptr ? point->params : std::span<const QuantParams>());
  writer.number(steps ? Form::steps : Form::floats);
  if (!steps) return writer.numbers(elements);
  writer.numbers(std::span(steps->scales));
  writer.numbers(std::span(steps->steps));
}

std::vector<float> read_elements(ByteReader& reader) {
  switch (reader.number<Form>()) {
    case Form::floats:
      return reader.numbers<float>();
    case Form::steps: {
      std::vector<float> scales = reader.numbers<float>();
      return elements_of({std::move(scales), reader.numbers<std::int8_t>()}, reader);
    }
  }
  reader.damaged("weights of an unknown form");
}

const QuantPoint* leader_of(const QuantGraph& model, ValueId id) {
  const QuantPoint* point = find_point_if_any(model, id);
  return point == nullptr ? nullptr : find_point_if_any(model, point->leader);
}

/// Writes the constants of a node that changed; how many they are.
std::uint64_t write_changes(ByteWriter& writer, const Graph& before, const QuantGraph& after,
                            std::size_t node) {
  const Node& now = after.graph.nodes[node];
  std::uint64_t count = 0;
  for (auto [input, end] = places(now); input < end; ++input) {
    const ValueId id = now.inputs[input];
    const auto& constant = after.graph[id].constant;
    if (!constant || *constant == before[before.nodes[node].inputs[input]].constant) continue;
    writer.text(now.name);
    writer.number(static_cast<std::uint8_t>(input));
    write_elements(writer, constant->view<float>(), leader_of(after, id));
    ++count;
  }
  return count;
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

std::vector<std::byte> layer_constants(const Graph& before, const QuantGraph& after) {
  VERNIER_CHECK(before.nodes.size() == after.graph.nodes.size());
  ByteWriter changes;
  std::uint64_t count = 0;
  for (std::size_t node = 0; node < before.nodes.size(); ++node)
    count += write_changes(changes, before, after, node);
  ByteWriter writer;
  writer.number(count);
  writer.raw(changes.bytes());
  return frame(magic, version, writer.bytes());
}

void apply_layer_constants(Graph& graph, std::span<const std::byte> file, const std::string& what) {
  ByteReader reader(unframe(magic, version, file, what), what);
  const auto count = reader.number<std::uint64_t>();
  for (std::uint64_t i = 0; i < count; ++i) {
    LayerConstant change;
    change.layer = reader.text();
    change.input = reader.number<std::uint8_t>();
    change.elements = read_elements(reader);
    apply(graph, change, what);
  }
  if (reader.remaining() != 0) reader.damaged("bytes left over");
}

}  // namespace vernier
