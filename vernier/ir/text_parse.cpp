// Reads the text form (ir/text.h): one statement a line, told apart by what follows its first word.

#include <unordered_map>

#include "vernier/ir/fields.h"
#include "vernier/ir/scanner.h"
#include "vernier/ir/shapes.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

template <typename Number>
  requires std::is_arithmetic_v<Number>
void read_field(Scanner& scanner, Number& value) {
  value = scanner.number<Number>();
}

void read_field(Scanner& scanner, bool& value) {
  value = scanner.accept("true");
  if (!value) scanner.expect("false");
}

void read_field(Scanner& scanner, std::string& value) { value = scanner.quoted_string(); }

template <typename Enum>
  requires std::is_enum_v<Enum>
void read_field(Scanner& scanner, Enum& value) {
  const std::string word = scanner.word();
  const auto found = enum_from_name<Enum>(word);
  if (!found) {
    scanner.fail_line(
        fmt::format("unknown word '{}'; known: {}", word, fmt::join(EnumNames<Enum>::names, ", ")));
  }
  value = *found;
}

template <typename Element>
void read_field(Scanner& scanner, std::vector<Element>& values) {
  values.clear();
  scanner.expect("[");
  while (!scanner.accept("]")) {
    Element value{};
    read_field(scanner, value);
    values.push_back(value);
    scanner.accept(",");
  }
}

// Activation and IntRange: [lo,hi].
template <typename Interval>
  requires requires(Interval interval) { interval.lo; }
void read_field(Scanner& scanner, Interval& interval) {
  scanner.expect("[");
  read_field(scanner, interval.lo);
  scanner.expect(",");
  read_field(scanner, interval.hi);
  scanner.expect("]");
}

class Reader {
 public:
  Reader(std::string_view text, std::string_view what) : scanner_(text, what), what_(what) {}

  QuantGraph read();

 private:
  void statement();
  void input();
  void constant();
  void node(std::string first);
  void arithmetic();
  void point();

  Value typed_value(std::string name);
  ValueId define(Value value);
  ValueId defined(const std::string& name);
  void field_by_name(const std::string& key, const auto& fields);
  bool at_field();

  Scanner scanner_;
  std::string_view what_;
  QuantGraph model_;
  std::unordered_map<std::string, ValueId> ids_;
};

QuantGraph Reader::read() {
  while (scanner_.next_line()) {
    statement();
    scanner_.expect_end_of_line();
  }
  try {
    infer_shapes(model_.graph, current_batch(model_.graph));
    verify(model_);
  } catch (const Error& error) {
    fail("{}: {}", what_, error.what());
  }
  return std::move(model_);
}

void Reader::statement() {
  std::string first = scanner_.name();
  const char next = scanner_.peek();
  if (next == '=' || next == ',' || next == ':') {
    node(std::move(first));
  } else if (first == "input") {
    input();
  } else if (first == "const") {
    constant();
  } else if (first == "any_batch") {
    model_.graph.any_batch = true;
  } else if (first == "return") {
    do {
      model_.graph.outputs.push_back(defined(scanner_.name()));
    } while (scanner_.accept(","));
  } else if (first == "arithmetic") {
    arithmetic();
  } else if (first == "point") {
    point();
  } else {
    scanner_.fail_here(fmt::format("'=' behind '{}'", first));
  }
}

void Reader::input() { model_.graph.inputs.push_back(define(typed_value(scanner_.name()))); }

void Reader::constant() {
  Value value = typed_value(scanner_.name());
  scanner_.expect("=");
  if (scanner_.peek() == '.') scanner_.fail_line("a constant was left out when this was written");
  visit_dtype(value.dtype, [&](auto zero) {
    std::vector<decltype(zero)> elements;
    read_field(scanner_, elements);
    const std::int64_t count = element_count(value.shape);
    if (static_cast<std::int64_t>(elements.size()) != count) {
      scanner_.fail_line(
          fmt::format("'{}' has {} elements, expected {}", value.name, elements.size(), count));
    }
    value.constant = Tensor::of<decltype(zero)>(value.shape, elements);
  });
  define(std::move(value));
}

void Reader::node(std::string first) {
  std::vector<Value> outputs;
  const auto output = [&](std::string name) {
    outputs.push_back(scanner_.peek() == ':' ? typed_value(std::move(name))
                                             : Value{.name = std::move(name)});
  };
  output(std::move(first));
  while (scanner_.accept(",")) output(scanner_.name());
  scanner_.expect("=");
  const std::string type = scanner_.word();
  std::optional<Op> op = operator_of_type(type);
  if (!op) scanner_.fail_line(fmt::format("there is no operator '{}'", type));

  Node node{.name = outputs[0].name, .op = std::move(*op)};
  scanner_.expect("(");
  while (!scanner_.accept(")")) {
    node.inputs.push_back(defined(scanner_.name()));
    if (scanner_.peek() != ')') scanner_.expect(",");
  }
  while (at_field()) {
    std::visit(
        [&](auto& each) {
          field_by_name(scanner_.word(), [&](const auto& field) { each.fields(each, field); });
        },
        node.op);
  }
  if (scanner_.accept("# name:")) node.name = scanner_.name();
  for (Value& value : outputs) node.outputs.push_back(define(std::move(value)));
  model_.graph.nodes.push_back(std::move(node));
}

void Reader::arithmetic() {
  while (at_field()) {
    field_by_name(scanner_.word(), [&](const auto& field) {
      field("requantization", model_.arithmetic.requantization);
      field("addition", model_.arithmetic.addition);
      field("sums", model_.arithmetic.sums);
    });
  }
}

void Reader::point() {
  const ValueId id = defined(scanner_.name());
  scanner_.expect(":");
  QuantPoint point{.leader = id};
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;
  while (at_field()) {
    const std::string key = scanner_.word();
    if (key == "leader") {
      scanner_.expect("=");
      point.leader = defined(scanner_.name());
      continue;
    }
    field_by_name(key, [&](const auto& field) {
      spec_fields(point.spec, field);
      field("observed", point.observed);
      field("scale", scales);
      field("zero_point", zero_points);
    });
  }
  if (scales.size() != zero_points.size()) {
    scanner_.fail_line(
        fmt::format("{} scales and {} zero points", scales.size(), zero_points.size()));
  }
  for (std::size_t i = 0; i < scales.size(); ++i) {
    point.params.push_back({scales[i], zero_points[i]});
  }
  if (!model_.points.emplace(id, std::move(point)).second) {
    scanner_.fail_line(fmt::format("'{}' has a point already", model_.graph[id].name));
  }
}

// NAME was read; ": f32[1,2]" follows.
Value Reader::typed_value(std::string name) {
  scanner_.expect(":");
  Value value{.name = std::move(name)};
  read_field(scanner_, value.dtype);
  read_field(scanner_, value.shape);
  try {
    check_shape(value.shape, value.name);
  } catch (const Error& error) {
    scanner_.fail_line(error.what());
  }
  return value;
}

ValueId Reader::define(Value value) {
  const auto id = static_cast<ValueId>(model_.graph.values.size());
  if (!ids_.emplace(value.name, id).second) {
    scanner_.fail_line(fmt::format("'{}' is defined twice", value.name));
  }
  return add_value(model_.graph, std::move(value));
}

ValueId Reader::defined(const std::string& name) {
  const auto found = ids_.find(name);
  if (found == ids_.end()) scanner_.fail_line(fmt::format("'{}' is not defined above", name));
  return found->second;
}

// "=value" follows; `fields` hands out the fields that may be meant.
void Reader::field_by_name(const std::string& key, const auto& fields) {
  scanner_.expect("=");
  bool known = false;
  std::string names;
  fields([&](std::string_view name, auto& value) {
    names += fmt::format(" {}", name);
    if (name != key) return;
    read_field(scanner_, value);
    known = true;
  });
  if (!known) scanner_.fail_line(fmt::format("unknown field '{}'; known:{}", key, names));
}

bool Reader::at_field() {
  const char next = scanner_.peek();
  return next != '\0' && next != '\n' && next != '#';
}

}  // namespace

Graph from_text(std::string_view text, std::string_view what) {
  return quant_graph_from_text(text, what).graph;
}

QuantGraph quant_graph_from_text(std::string_view text, std::string_view what) {
  return Reader(text, what).read();
}

}  // namespace vernier
