#include "vernier/ir/text.h"

#include <iterator>
#include <span>
#include <type_traits>
#include <utility>

#include "vernier/base/hash.h"
#include "vernier/ir/fields.h"
#include "vernier/ir/scanner.h"

namespace vernier {
namespace {

std::string field_text(std::int64_t value) { return fmt::format("{}", value); }
std::string field_text(std::int32_t value) { return fmt::format("{}", value); }
std::string field_text(float value) { return number_text(value); }
std::string field_text(bool value) { return value ? "true" : "false"; }
std::string field_text(const std::string& value) { return quoted(value); }

template <typename Enum>
  requires std::is_enum_v<Enum>
std::string field_text(Enum value) {
  return std::string(enum_name(value));
}

template <typename Element>
std::string field_text(const std::vector<Element>& values) {
  std::string text;
  for (const Element& value : values) {
    if (!text.empty()) text += ',';
    text += field_text(value);
  }
  return fmt::format("[{}]", text);
}

std::string field_text(const Activation& value) {
  return fmt::format("[{},{}]", field_text(value.lo), field_text(value.hi));
}

std::string field_text(const IntRange& value) { return fmt::format("[{},{}]", value.lo, value.hi); }

using FieldTexts = std::vector<std::pair<std::string_view, std::string>>;

FieldTexts field_texts(const auto& subject, const auto& fields) {
  FieldTexts texts;
  fields(subject, [&](std::string_view name, const auto& value) {
    texts.emplace_back(name, field_text(value));
  });
  return texts;
}

// " name=text" for each field whose text is not that of the default.
std::string changed(const FieldTexts& texts, const FieldTexts& standard) {
  std::string text;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (texts[i] != standard[i]) text += fmt::format(" {}={}", texts[i].first, texts[i].second);
  }
  return text;
}

std::string type_text(const Value& value) {
  return fmt::format("{}{}", name(value.dtype), to_string(value.shape));
}

std::string elements_text(const Tensor& tensor) {
  return visit_dtype(tensor.dtype(), [&](auto zero) {
    std::string text;
    for (const auto element : tensor.view<decltype(zero)>()) {
      if (!text.empty()) text += ' ';
      if constexpr (std::is_floating_point_v<decltype(zero)>) {
        text += number_text(element);
      } else {
        fmt::format_to(std::back_inserter(text), "{}", element);
      }
    }
    return fmt::format("[{}]", text);
  });
}

std::string constant_text(const Value& value, const Tensor& tensor, const TextOptions& options) {
  const bool whole = options.longest_constant < 0 || tensor.size() <= options.longest_constant;
  return fmt::format(
      "const {}: {} = {}\n", name_text(value.name), type_text(value),
      whole ? elements_text(tensor) : fmt::format("... crc32 {:08x}", crc32(tensor.bytes())));
}

std::string names_text(const Graph& graph, std::span<const ValueId> ids, bool with_types) {
  std::string text;
  for (const ValueId id : ids) {
    if (!text.empty()) text += ", ";
    text += name_text(graph[id].name);
    if (with_types) text += ": " + type_text(graph[id]);
  }
  return text;
}

std::string node_text(const Graph& graph, const Node& node) {
  const bool foreign = std::holds_alternative<Foreign>(node.op);
  std::string text = names_text(graph, node.outputs, foreign) + " = ";
  std::visit(
      [&]<typename Type>(const Type& op) {
        text += Type::type;
        text += '(' + names_text(graph, node.inputs, false) + ')';
        const auto fields = [](const auto& self, const auto& field) { Type::fields(self, field); };
        text += changed(field_texts(op, fields), field_texts(Type{}, fields));
      },
      node.op);
  if (node.outputs.empty() || node.name != graph[node.outputs[0]].name) {
    text += fmt::format("  # name: {}", name_text(node.name));
  }
  return text + '\n';
}

std::string point_text(const QuantGraph& model, ValueId id, const QuantPoint& point) {
  // The range has no usual value: a default that no point can have makes it always stand there.
  const QuantSpec standard{.range = {0, 0}};
  std::string text = fmt::format("point {}:", name_text(model.graph[id].name));
  const auto fields = [](const auto& self, const auto& field) { spec_fields(self, field); };
  text += changed(field_texts(point.spec, fields), field_texts(standard, fields));
  if (point.leader != id) {
    text += fmt::format(" leader={}", name_text(model.graph[point.leader].name));
  }
  if (!point.observed) text += " observed=false";
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;
  for (const QuantParams& params : point.params) {
    scales.push_back(params.scale);
    zero_points.push_back(params.zero_point);
  }
  if (!scales.empty()) {
    text += fmt::format(" scale={} zero_point={}", field_text(scales), field_text(zero_points));
  }
  return text + '\n';
}

// As the text names them, so that the order does not depend on the numbers of the values.
std::vector<ValueId> values_in_order(const Graph& graph) {
  std::vector<ValueId> ids = graph.inputs;
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].constant) ids.push_back(static_cast<ValueId>(i));
  }
  for (const Node& node : graph.nodes) {
    ids.insert(ids.end(), node.outputs.begin(), node.outputs.end());
  }
  return ids;
}

}  // namespace

std::string to_text(const Graph& graph, const TextOptions& options) {
  std::string text = graph.any_batch ? "any_batch\n" : "";
  for (const ValueId id : graph.inputs) {
    text += fmt::format("input {}: {}\n", name_text(graph[id].name), type_text(graph[id]));
  }
  for (const Value& value : graph.values) {
    if (value.constant) text += constant_text(value, *value.constant, options);
  }
  for (const Node& node : graph.nodes) text += node_text(graph, node);
  return text + fmt::format("return {}\n", names_text(graph, graph.outputs, false));
}

std::string to_text(const QuantGraph& model, const TextOptions& options) {
  std::string text = to_text(model.graph, options);
  if (model.arithmetic != Arithmetic{}) {
    text += fmt::format("arithmetic requantization={} addition={} sums={}\n",
                        field_text(model.arithmetic.requantization),
                        field_text(model.arithmetic.addition), field_text(model.arithmetic.sums));
  }
  for (const ValueId id : values_in_order(model.graph)) {
    if (const QuantPoint* point = find_point_if_any(model, id))
      text += point_text(model, id, *point);
  }
  return text;
}

}  // namespace vernier
