#include "vernier/ir/text.h"

#include <bit>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/random.h"
#include "vernier/ir/operator_samples.h"

namespace vernier {
namespace {

std::vector<std::string> names(const Graph& graph, const std::vector<ValueId>& ids) {
  std::vector<std::string> result;
  for (const ValueId id : ids) result.push_back(graph[id].name);
  return result;
}

// Equal but for the numbers of the values.
void expect_same(const Graph& left, const Graph& right) {
  EXPECT_EQ(left.any_batch, right.any_batch);
  EXPECT_EQ(names(left, left.inputs), names(right, right.inputs));
  EXPECT_EQ(names(left, left.outputs), names(right, right.outputs));
  ASSERT_EQ(left.values.size(), right.values.size());
  for (const Value& value : left.values) {
    const Value& other = right[find_value(right, value.name)];
    EXPECT_EQ(value.dtype, other.dtype) << value.name;
    EXPECT_EQ(value.shape, other.shape) << value.name;
    EXPECT_TRUE(value.constant == other.constant) << value.name << " changed its bits";
  }
  ASSERT_EQ(left.nodes.size(), right.nodes.size());
  for (std::size_t i = 0; i < left.nodes.size(); ++i) {
    EXPECT_EQ(left.nodes[i].name, right.nodes[i].name);
    EXPECT_TRUE(left.nodes[i].op == right.nodes[i].op) << left.nodes[i].name << " changed a field";
    EXPECT_EQ(names(left, left.nodes[i].inputs), names(right, right.nodes[i].inputs));
    EXPECT_EQ(names(left, left.nodes[i].outputs), names(right, right.nodes[i].outputs));
  }
}

std::string error_of(std::string_view text) {
  try {
    quant_graph_from_text(text, "file");
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

constexpr std::string_view small =
    "any_batch\n"
    "input x: f32[1,2,3,3]\n"
    "const w: f32[1,2,1,1] = [0.5 -1]\n"
    "const b: f32[1] = [0]\n"
    "y = Conv(x, w, b) activation=[0,6]  # name: conv1\n"
    "z = Relu(y)\n"
    "return z\n";

TEST(Text, EveryOperatorComesBackUnchanged) {
  const Graph graph = graph_of_samples();
  verify(graph);
  expect_same(graph, from_text(to_text(graph)));
}

TEST(Text, EveryFieldOfEverySampleDiffersFromItsDefault) {
  for (const OperatorSample& sample : operator_samples()) {
    std::visit(
        []<typename Type>(const Type& op) {
          const Type usual;
          Type::fields(op, [&](std::string_view name, const auto& value) {
            Type::fields(usual, [&](std::string_view other, const auto& standard) {
              if constexpr (std::is_same_v<decltype(value), decltype(standard)>) {
                EXPECT_FALSE(name == other && value == standard) << op.type << ' ' << name;
              }
            });
          });
        },
        sample.op);
  }
}

TEST(Text, EveryBitOfAConstantComesBack) {
  Graph graph;
  Random random(1);
  for (const DType dtype : {DType::f32, DType::f64, DType::i64, DType::i32, DType::i16, DType::u16,
                            DType::i8, DType::u8}) {
    Tensor tensor(dtype, {9, 7});
    for (std::byte& byte : tensor.edit_bytes()) byte = static_cast<std::byte>(random.bits());
    graph.outputs.push_back(add_constant(graph, std::string(name(dtype)), tensor));
  }
  const std::vector<std::uint32_t> special = {0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
                                              0x7f800001, 0x80000000, 1,          0x7f7fffff};
  Tensor tensor(DType::f32, {8});
  for (std::size_t i = 0; i < 8; ++i) tensor.edit<float>()[i] = std::bit_cast<float>(special[i]);
  graph.outputs.push_back(add_constant(graph, "special", tensor));
  graph.outputs.push_back(add_constant(graph, "scalar", Tensor(DType::f32, {})));
  graph.outputs.push_back(add_constant(graph, "empty", Tensor(DType::f32, {3, 0})));
  expect_same(graph, from_text(to_text(graph)));
}

TEST(Text, ANameMayHoldAnyCharacter) {
  for (const std::string name : {"a b", "\"", "\\", "\n", "\xc3\xa9", "#", "input", "return",
                                 "a:", ":a", "a:0", "x/y.z-w", "=", "1", "# name: c"}) {
    Graph graph;
    graph.inputs = {add_value(graph, {.name = name, .shape = {1}})};
    graph.outputs = {add_value(graph, {.name = name + "'", .shape = {1}})};
    graph.nodes = {{"node of " + name, Relu{}, graph.inputs, graph.outputs}};
    expect_same(graph, from_text(to_text(graph)));
  }
}

TEST(Text, IsWhatTheHeaderSays) { EXPECT_EQ(to_text(from_text(small)), small); }

TEST(Text, PointsComeBackUnchanged) {
  const std::string text =
      std::string(small) +
      "arithmetic requantization=dyadic addition=fma sums=float_bias\n"
      "point x: range=[-128,127] adaptive_sign=true\n"
      "point w: range=[-7,7] power_of_two_scale=true rounding=half_up granularity=per_channel "
      "scale=[0.125] zero_point=[0]\n"
      "point y: range=[0,255] symmetric=false scale=[0.1] zero_point=[3]\n"
      "point z: range=[0,255] symmetric=false leader=y observed=false scale=[0.1] zero_point=[3]\n";
  const QuantGraph model = quant_graph_from_text(text);
  EXPECT_EQ(to_text(model), text);
  EXPECT_EQ(model.arithmetic.requantization, Requantization::dyadic);
  EXPECT_EQ(model.arithmetic.addition, Addition::fma);
  const QuantPoint& z = model.points.at(find_value(model.graph, "z"));
  EXPECT_EQ(z.leader, find_value(model.graph, "y"));
  EXPECT_FALSE(z.observed);
  EXPECT_EQ(z.params, (std::vector<QuantParams>{{0.1F, 3}}));
}

TEST(Text, DoesNotDependOnTheNumbersOfTheValues) {
  QuantGraph model = quant_graph_from_text(small);
  const ValueId input = model.graph.inputs[0];
  const ValueId late = add_value(model.graph, {.name = "late", .shape = {1, 2, 3, 3}});
  model.graph.nodes.insert(model.graph.nodes.begin(), {"late", Relu{}, {input}, {late}});
  for (const std::string_view name : {"y", "late", "x"}) {
    const ValueId id = find_value(model.graph, name);
    model.points[id] = {.leader = id};
  }
  const std::string text = to_text(model);
  EXPECT_EQ(to_text(quant_graph_from_text(text)), text);
}

TEST(Text, CommentsAndBlankLinesAreSkipped) {
  const Graph graph = from_text("\n# a\n  input x: f32[1]  # b\n\ny = Relu(x)# c\r\nreturn x, y");
  EXPECT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph.outputs.size(), 2U);
}

TEST(Text, ALongConstantCanBeLeftOut) {
  const std::string text = to_text(from_text(small), {.longest_constant = 1});
  EXPECT_NE(text.find("const w: f32[1,2,1,1] = ... crc32 "), std::string::npos) << text;
  EXPECT_NE(text.find("const b: f32[1] = [0]"), std::string::npos) << text;
  EXPECT_NE(error_of(text).find("file:3: a constant was left out"), std::string::npos)
      << error_of(text);
}

TEST(Text, AnErrorNamesTheLineAndWhatWasExpected) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"input x: f32[1]\ny = Relu(z)", "file:2: 'z' is not defined above"},
      {"input x: f32[1]\nx = Relu(x)", "file:2: 'x' is defined twice"},
      {"input x: f33[1]", "file:1: unknown word 'f33'; known: f32, f64"},
      {"input x: f32[-1]", "file:1: x: the size -1"},
      {"input x: f32[99999999999999999999]", "file:1: found \"99999999999999999999]\", expected"},
      {"const x: f32[2] = [1]", "file:1: 'x' has 1 elements, expected 2"},
      {"const x: u8[1] = [256]", "expected a number of the right range"},
      {"const x: f32[1000000000,1000] = []", "'x' has 0 elements"},
      {"input x: f32[1]\ny = Rely(x)", "file:2: there is no operator 'Rely'"},
      {"input x: f32[1]\ny = LeakyRelu(x) beta=1", "unknown field 'beta'; known: alpha"},
      {"input x: f32[1]\ny = Relu(x) x", "found the end of the line, expected '='"},
      {"input x: f32[1]\ny = Relu(x", "expected ','"},
      {"input \"x: f32[1]", "expected a closing quote"},
      {"input x: f32[1]\nreturn x\npoint x: range=[0,1] scale=[1]", "1 scales and 0 zero points"},
      {"input x: f32[1]\nreturn x\npoint x: range=[0,1]\npoint x: range=[0,1]",
       "'x' has a point already"},
      {"input x: f32[1,2]\ny = Concat(x, x) axis=7\nreturn y", "file: node 'y': Concat: axis 7"},
      {"hello", "expected '=' behind 'hello'"},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_NE(error_of(text).find(message), std::string::npos) << text << "\n" << error_of(text);
  }
}

TEST(Text, DamagedTextIsAnErrorOrAGraph) {
  const std::string whole = to_text(quant_graph_from_text(
      std::string(small) + "point y: range=[0,255] scale=[0.1] zero_point=[3]\n"));
  Random random(7);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(random.bits());
    for (const std::string& text : {changed, whole.substr(0, i)}) {
      try {
        verify(quant_graph_from_text(text));
      } catch (const Error& error) {
        EXPECT_STRNE(error.what(), "");
      }
    }
  }
}

}  // namespace
}  // namespace vernier
