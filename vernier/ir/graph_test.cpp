#include "vernier/ir/graph.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

Graph diamond() {
  return from_text(
      "input x: f32[1,2]\n"
      "const w: f32[2] = [1 2]\n"
      "a = Relu(x)\n"
      "b = Mul(a, w)\n"
      "c = Add(a, b)\n"
      "return c\n");
}

std::string verify_error(const Graph& graph) {
  try {
    verify(graph);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Graph, KnowsWhoComputesAndWhoReads) {
  const Graph graph = diamond();
  const ValueId a = find_value(graph, "a");
  EXPECT_FALSE(producers(graph)[index(find_value(graph, "x"))].has_value());
  EXPECT_EQ(producers(graph)[index(a)], NodeId{0});
  EXPECT_EQ(consumers(graph)[index(a)], (std::vector{NodeId{1}, NodeId{2}}));
  EXPECT_FALSE(used_once(graph, a));
  EXPECT_TRUE(used_once(graph, find_value(graph, "b")));
  EXPECT_FALSE(used_once(graph, find_value(graph, "c"))) << "an output is read from outside";
  const Graph square = from_text("input x: f32[1]\ny = Mul(x, x)\nreturn y");
  EXPECT_FALSE(used_once(square, square.inputs[0])) << "two slots of one node";
}

TEST(Graph, ACopyIsIndependent) {
  const Graph graph = diamond();
  Graph copy = graph;
  Value& weight = copy[find_value(copy, "w")];
  ASSERT_TRUE(weight.constant.has_value());
  weight.constant->edit<float>()[0] = 9.0F;
  copy.nodes.pop_back();
  EXPECT_EQ(to_text(graph), to_text(diamond()));
}

TEST(Graph, AMissingNameIsAnErrorThatNamesTheNearest) {
  const Graph graph = from_text(
      "input conv1: f32[1]\nconv2 = Relu(conv1)\nfc = Relu(conv2)\nother = Relu(fc)\nreturn other");
  try {
    find_value(graph, "convl");
    FAIL() << "found a value that is not there";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "the graph has no value 'convl'; nearest: 'conv1', 'conv2', 'fc'");
  }
}

TEST(Graph, SweepDropsWhatNoOutputNeeds) {
  Graph graph = diamond();
  graph.outputs = {find_value(graph, "a")};
  sweep(graph);
  EXPECT_EQ(to_text(graph), "input x: f32[1,2]\na = Relu(x)\nreturn a\n");
  const std::string once = to_text(graph);
  sweep(graph);
  EXPECT_EQ(to_text(graph), once);
}

TEST(Graph, ReplacedUsesIncludeTheOutputs) {
  Graph graph = diamond();
  replace_uses(graph, find_value(graph, "c"), find_value(graph, "b"));
  sweep(graph);
  EXPECT_EQ(graph.nodes.size(), 2U);
  EXPECT_EQ(graph[graph.outputs[0]].name, "b");
}

TEST(Graph, SortingRestoresTheOrderAndKeepsASortedGraph) {
  Graph graph = diamond();
  sort_nodes(graph);
  EXPECT_EQ(to_text(graph), to_text(diamond()));
  std::ranges::reverse(graph.nodes);
  EXPECT_NE(verify_error(graph).find("node 'c' reads 'a' before it is computed"), std::string::npos)
      << verify_error(graph);
  sort_nodes(graph);
  EXPECT_EQ(to_text(graph), to_text(diamond()));
}

TEST(Graph, ACycleIsAnError) {
  Graph graph = diamond();
  graph.nodes[0].inputs[0] = find_value(graph, "c");
  EXPECT_THROW(sort_nodes(graph), Error);
}

TEST(Graph, VerifyNamesWhatIsWrong) {
  const auto broken = [](auto breaks) {
    Graph graph = diamond();
    breaks(graph);
    return verify_error(graph);
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {broken([](Graph&) {}), "no error"},
      {broken([](Graph& g) { g.nodes[0].inputs[0] = ValueId{99}; }),
       "node 'a' mentions value number 99"},
      {broken([](Graph& g) { g.outputs = {ValueId{99}}; }), "the list of outputs mentions"},
      {broken([](Graph& g) { g.outputs.clear(); }), "the graph has no outputs"},
      {broken([](Graph& g) { g.values[0].name = ""; }), "a value has no name"},
      {broken([](Graph& g) { g.nodes[0].name = "b"; }), "two nodes are called 'b'"},
      {broken([](Graph& g) { g.nodes[1].outputs = g.nodes[0].outputs; }), "which exists already"},
      {broken([](Graph& g) { g.inputs.clear(); }), "reads 'x' before it is computed"},
      {broken([](Graph& g) {
         g.nodes[0].outputs.push_back(add_value(g, {.name = "more", .shape = {1}}));
       }),
       "Relu has 2 outputs, expected 1"},
      {broken([](Graph& g) { g.nodes[0].inputs.clear(); }), "has 0 inputs, expected 1"},
      {broken([](Graph& g) { g[find_value(g, "b")].shape = {2, 1}; }),
       "'b' is declared f32[2,1] but computed as f32[1,2]"},
      {broken([](Graph& g) { g[find_value(g, "w")].shape = {3}; }),
       "declared f32[3] but holds f32[2]"},
      {broken([](Graph& g) { g[find_value(g, "x")].shape = {1, -2}; }), "the size -2"},
  };
  for (const auto& [found, expected] : cases) {
    EXPECT_NE(found.find(expected), std::string::npos) << found << "\nexpected " << expected;
  }
}

TEST(Graph, ForeignOperatorsAreNamedWithEveryPlace) {
  EXPECT_EQ(foreign_operators(diamond()), "");
  const Graph graph = from_text(
      "input x: f32[1]\n"
      "a: f32[1] = Foreign(x) op_type=\"Magic\"\n"
      "b: f32[1] = Foreign(a) domain=\"my\" op_type=\"Trick\"\n"
      "c: f32[1] = Foreign(b) op_type=\"Magic\"  # name: \"last one\"\n"
      "return c\n");
  verify(graph);
  EXPECT_EQ(foreign_operators(graph),
            "type 'ai.onnx::Magic' at 'a', 'last one'; type 'my::Trick' at 'b'");
}

}  // namespace
}  // namespace vernier
