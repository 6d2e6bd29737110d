#include "vernier/import/onnx.h"

#include <array>
#include <ostream>

#include <gtest/gtest.h>

#include "vernier/import/onnx_test_model.h"
#include "vernier/ir/shapes.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

std::string imported(std::int64_t opset, std::string_view graph,
                     const ImportOptions& options = {}) {
  return to_text(import_proto(parse_model(opset, graph), options));
}

std::string refused(std::int64_t opset, std::string_view graph, const ImportOptions& options = {}) {
  return import_error(parse_model(opset, graph), options);
}

TEST(ImportModel, EveryErrorBeginsWithThePath) {
  for (const std::string path : {"/nowhere/model.onnx", "/nowhere/model.txt", "model.pb"}) {
    try {
      import_model(path);
      ADD_FAILURE() << path << " was taken";
    } catch (const Error& error) {
      EXPECT_TRUE(std::string_view(error.what()).starts_with(path)) << error.what();
    }
  }
}

TEST(ImportModel, ReadsItsOwnTextForm) {
  const std::string text = "any_batch\ninput x: f32[1,2]\ny = Relu(x)\nreturn y\n";
  const TemporaryFile file("model.txt");
  write_plainly(file.path(), text);
  EXPECT_EQ(to_text(import_model(file.path())), text);
}

TEST(Onnx, OnlyTheOpsetsThatAreUnderstood) {
  const std::string_view graph = "(float[1] x) => (float[1] y) { y = Relu(x) }";
  EXPECT_EQ(refused(7, graph), "");
  EXPECT_EQ(refused(21, graph), "");
  EXPECT_EQ(refused(6, graph), "opset 6 is not supported, expected 7 to 21; convert the model");
  EXPECT_EQ(refused(22, graph), "opset 22 is not supported, expected 7 to 21; convert the model");
}

TEST(Onnx, ASymbolicFirstAxisIsTheBatch) {
  EXPECT_EQ(imported(13, "(float[N,2] x) => (float[N,2] y) { y = Relu(x) }"),
            "any_batch\ninput x: f32[1,2]\ny = Relu(x)\nreturn y\n");
  EXPECT_EQ(imported(13, "(float[4,2] x) => (float[4,2] y) { y = Relu(x) }"),
            "input x: f32[4,2]\ny = Relu(x)\nreturn y\n");
}

TEST(Onnx, AnotherSymbolicAxisNeedsAShape) {
  const std::string_view graph = "(float[N,3,H,W] x) => (float[N,3,H,W] y) { y = Relu(x) }";
  EXPECT_EQ(refused(13, graph),
            "axis 2 of 'x' is 'H'; only the first axis may be; give it as in --shape x=1,3,1,1");
  EXPECT_EQ(imported(13, graph, {.shapes = {{"x", {-1, 3, 4, 5}}}}),
            "any_batch\ninput x: f32[1,3,4,5]\ny = Relu(x)\nreturn y\n");
  EXPECT_EQ(imported(13, graph, {.shapes = {{"x", {2, 3, 4, 5}}}}),
            "input x: f32[2,3,4,5]\ny = Relu(x)\nreturn y\n");
}

TEST(Onnx, AGivenSizeHoldsForEveryInputWithTheSymbol) {
  EXPECT_EQ(imported(13, "(float[N,H] a, float[N,H] b) => (float[N,H] y) { y = Add(a, b) }",
                     {.shapes = {{"b", {2, 5}}}}),
            "input a: f32[2,5]\ninput b: f32[2,5]\ny = Add(a, b)\nreturn y\n");
}

TEST(Onnx, OneSymbolForTwoSizesStandsForNone) {
  const std::string_view graph = "(float[A,A] a, float[A,A] b) => (float[A,A] y) { y = Add(a, b) }";
  EXPECT_EQ(refused(13, graph),
            "axis 1 of 'a' is 'A'; only the first axis may be; give it as in --shape a=1,1");
  EXPECT_EQ(imported(13, graph, {.shapes = {{"a", {-1, 4}}, {"b", {-1, 4}}}}),
            "any_batch\ninput a: f32[1,4]\ninput b: f32[1,4]\ny = Add(a, b)\nreturn y\n");
}

TEST(Onnx, GivenShapesMustFitTheFile) {
  const std::string_view graph = "(float[N,3] x) => (float[N,3] y) { y = Relu(x) }";
  EXPECT_EQ(refused(13, graph, {.shapes = {{"data", {1, 3}}}}),
            "there is no input 'data' to give a shape to");
  EXPECT_EQ(refused(13, graph, {.shapes = {{"x", {1, 3, 4}}}}),
            "the shape [1,3,4] is given for 'x', which has 2 axes");
  EXPECT_EQ(refused(13, graph, {.shapes = {{"x", {1, -1}}}}),
            "the shape [1,-1] is given for 'x': only the first axis may be open");
}

TEST(Onnx, AModelForOneBatchIsNotTakenForAny) {
  const std::string_view graph = R"((float[N,6] x) => (float[2,3] y) <int64[2] s = {2, 3}> {
    y = Reshape(x, s) })";
  EXPECT_NE(refused(13, graph).find("--shape"), std::string::npos) << refused(13, graph);
  EXPECT_EQ(imported(13, graph, {.shapes = {{"x", {1, 6}}}}),
            "input x: f32[1,6]\ny = Reshape(x) shape=[2,3]\nreturn y\n");
}

TEST(Onnx, AConstantThatDependsOnTheBatchIsRefused) {
  const std::string error = refused(13, R"((float[N,3] x) => (float[N,3] y) {
    n = Shape <end = 1> (x)
    real = Cast <to = 1> (n)
    y = Mul(x, real) })");
  EXPECT_EQ(error,
            "node 'y' (Mul): 'real' is a constant that depends on the batch; fix the batch with "
            "--shape");
}

TEST(Onnx, AnUnknownOperatorThatReadsTheBatchIsRefused) {
  EXPECT_EQ(refused(15, R"((float[N,3] x) => (float[N,3] y) {
    n = Shape <end = 1> (x)
    y = com.example.Magic(x, n) })"),
            "node 'y' (Magic): 'n' is a constant that depends on the batch; fix the batch with "
            "--shape");
}

TEST(Onnx, TheGraphMeansTheSameAtEveryBatch) {
  const Graph graph = import_proto(parse_model(15, R"((float[N,2,3] x) => (float[N,3,2] y)
    <int64[2] rest = {3, 2}> {
    n = Shape <end = 1> (x)
    target = Concat <axis = 0> (n, rest)
    y = Reshape(x, target) })"));
  Graph of_five = graph;
  infer_shapes(of_five, 5);
  EXPECT_EQ(of_five[of_five.outputs[0]].shape, (Shape{5, 3, 2}));
}

TEST(Onnx, InitializersThatAreAlsoInputsAreConstants) {
  onnx::ModelProto model =
      parse_model(7, "(float[2] x, float[2] w) => (float[2] y) { y = Add(x, w) }");
  onnx::TensorProto& weight = *model.mutable_graph()->add_initializer();
  weight.set_name("w");
  weight.set_data_type(onnx::TensorProto::FLOAT);
  weight.add_dims(2);
  weight.add_float_data(1.0F);
  weight.add_float_data(2.0F);
  EXPECT_EQ(to_text(import_proto(model)),
            "input x: f32[2]\nconst w: f32[2] = [1 2]\ny = Add(x, w)\nreturn y\n");
}

TEST(Onnx, ASharedInitializerStaysShared) {
  const Graph graph =
      import_proto(parse_model(13, R"((float[2] x) => (float[2] y) <float[2] w = {1.0, 2.0}> {
        h = Add(x, w)
        y = Mul(h, w) })"));
  EXPECT_EQ(graph.nodes[0].inputs[1], graph.nodes[1].inputs[1]);
}

TEST(Onnx, NamesAreKeptAndMadeUnique) {
  onnx::ModelProto model = parse_model(13, R"((float[2] x) => (float[2] y) {
    a = Relu(x)
    b = Relu(a)
    y = Relu(b) })");
  model.mutable_graph()->mutable_node(0)->set_name("b");
  model.mutable_graph()->mutable_node(2)->set_name("b");
  const Graph graph = import_proto(model);
  EXPECT_EQ(graph.nodes[0].name, "b");
  EXPECT_EQ(graph.nodes[1].name, "b_2") << "a node without a name takes none that the file gives";
  EXPECT_EQ(graph.nodes[2].name, "b_3");
}

TEST(Onnx, WhatNoOutputNeedsIsLeftOut) {
  EXPECT_EQ(imported(13, R"((float[2] x) => (float[2] y) <float[2] unused = {1.0, 2.0}> {
    dead = Add(x, unused)
    y = Relu(x) })"),
            "input x: f32[2]\ny = Relu(x)\nreturn y\n");
}

TEST(Onnx, AnUnknownOperatorIsKept) {
  const std::string_view text = R"((float[N,2] x) => (float[N,2] y) <float[N,2] m> {
    m = com.example.Magic <strength = 2.0> (x)
    y = Relu(m) })";
  const Graph graph = import_proto(parse_model(13, text));
  EXPECT_EQ(foreign_operators(graph), "type 'com.example::Magic' at 'm'");
  const auto& foreign = std::get<Foreign>(graph.nodes[0].op);
  onnx::NodeProto definition;
  ASSERT_TRUE(definition.ParseFromString(foreign.definition));
  EXPECT_EQ(definition.attribute(0).name(), "strength");
  EXPECT_EQ(graph[graph.nodes[0].outputs[0]].shape, (Shape{1, 2}));
}

TEST(Onnx, AnUnknownOperatorOfUnknownShapeIsNamedWithEveryPlace) {
  EXPECT_EQ(refused(13, R"((float[2] x) => (float[2] y) {
    m = com.example.Magic(x)
    k = Relu(m)
    y = com.example.Magic(k) })"),
            "node 'm' (Magic): the operator is not known, and the file does not declare the shape "
            "of its output 'm'; not known are: type 'com.example::Magic' at 'm', 'y'");
}

struct Refusal {
  std::string_view name;
  std::int64_t opset;
  std::string_view graph;
  std::string_view error;
};

std::ostream& operator<<(std::ostream& stream, const Refusal& refusal) {
  return stream << refusal.name;
}

class OnnxRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(OnnxRefusal, SaysWhatAndWhere) {
  EXPECT_EQ(refused(GetParam().opset, GetParam().graph), GetParam().error);
}

constexpr std::array refusals = {
    Refusal{"a_value_that_nothing_computes", 13,
            "(float[2] x) => (float[2] y) { y = Add(x, ghost) }",
            "node 'y' (Add): nothing before computes 'ghost': nodes must stand in the order of "
            "execution"},
    Refusal{"a_cycle", 13, "(float[2] x) => (float[2] y) { a = Add(x, b) b = Relu(a) y = Relu(b) }",
            "node 'a' (Add): nothing before computes 'b': nodes must stand in the order of "
            "execution"},
    Refusal{"two_values_of_one_name", 13, "(float[2] x) => (float[2] y) { y = Relu(x) y = Abs(x) }",
            "node 'y_2' (Abs): two values are called 'y'"},
    Refusal{"an_attribute_of_another_type", 13,
            R"((float[2] x) => (float[2] y) { y = LeakyRelu <alpha = "much"> (x) })",
            "node 'y' (LeakyRelu): attribute 'alpha' is of type STRING, expected FLOAT"},
    Refusal{"an_attribute_that_nobody_reads", 13,
            R"((float[2] x) => (float[2] y) { y = Relu <slope = 0.5> (x) })",
            "node 'y' (Relu): attribute 'slope' is not supported"},
    Refusal{"a_missing_input", 13, "(float[2] x) => (float[2] y) { y = Add(x) }",
            "node 'y' (Add): Add: has 1 inputs, expected 2"},
    Refusal{"an_input_left_out", 13, "(float[2] x, float lo) => (float[2] y) { y = Min(x, , lo) }",
            "node 'y' (Min): input 1 is missing"},
    Refusal{"a_mask_that_is_read", 12,
            "(float[2] x) => (float[2] y) { d, mask = Dropout(x) y = Relu(mask) }",
            "node 'y' (Relu): 'mask', output 1 of Dropout, is not supported"},
    Refusal{"batch_normalization_in_training", 14,
            R"((float[1,2] x, float[2] s) => (float[1,2] y) {
              y = BatchNormalization <training_mode = 1> (x, s, s, s, s) })",
            "node 'y' (BatchNormalization): attribute 'training_mode' is 1, supported: 0"},
    Refusal{"a_shape_at_run_time", 13,
            "(float[2] x, int64[1] s) => (float[2] y) { y = Reshape(x, s) }",
            "node 'y' (Reshape): input 1, 's', is computed at run time, expected a constant"},
    Refusal{"an_axis_too_far", 13, "(float[2] x) => (float[2] y) { y = Concat <axis = 1> (x) }",
            "node 'y' (Concat): axis 1 is not in -1..0"},
    Refusal{"more_than_the_file_holds", 13,
            R"(() => (float[1] y) <int64[2] s = {100000, 100000}> { y = ConstantOfShape(s) })",
            "node 'y' (ConstantOfShape): the model asks for more than 67108864 elements that are "
            "not in the file"},
    Refusal{"a_fixed_batch_beside_an_open_one", 13,
            "(float[N,2] a, float[1,2] b) => (float[N,2] y) { y = Add(a, b) }",
            "input 'b' is [1,2], but another takes any batch; fix that one with --shape"},
    Refusal{"an_unknown_word", 18,
            R"((float[1,2] x) => (float[1,4] y) <int64[4] p = {0, 1, 0, 1}> {
              y = Pad <mode = "wrap"> (x, p) })",
            "node 'y' (Pad): attribute 'mode' is 'wrap', supported: constant, reflect, edge"},
};

INSTANTIATE_TEST_SUITE_P(All, OnnxRefusal, testing::ValuesIn(refusals),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace vernier
