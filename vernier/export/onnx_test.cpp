#include "vernier/export/onnx.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/random.h"
#include "vernier/import/import.h"
#include "vernier/ir/operator_samples.h"
#include "vernier/ir/text.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

constexpr float tolerance = 1e-6F;

Tensor random_input(const Value& value, std::int64_t batch) {
  Shape shape = value.shape;
  if (!shape.empty()) shape[0] *= batch;
  Tensor tensor(value.dtype, shape);
  Random random(7);
  if (value.dtype == DType::f32) {
    for (float& element : tensor.edit<float>())
      element = static_cast<float>(0.1 + random.uniform());
  }
  return tensor;
}

std::vector<Tensor> outputs_of(const Graph& graph, std::int64_t batch) {
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) inputs.push_back(random_input(graph[id], batch));
  const std::vector<Tensor> values = evaluate(graph, inputs);
  std::vector<Tensor> outputs;
  for (const ValueId id : graph.outputs) outputs.push_back(values[index(id)]);
  return outputs;
}

void expect_close(const Tensor& left, const Tensor& right, std::string_view what) {
  ASSERT_EQ(left.shape(), right.shape()) << what;
  ASSERT_EQ(left.dtype(), right.dtype()) << what;
  if (left.dtype() != DType::f32) {
    EXPECT_EQ(left, right) << what;
    return;
  }
  const auto a = left.view<float>();
  const auto b = right.view<float>();
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], tolerance) << what << " element " << i;
}

Graph round_trip(const Graph& graph) {
  const std::string path = fmt::format("{}vernier_export_{}.onnx", testing::TempDir(), getpid());
  export_onnx(graph, path);
  return import_model(path);
}

TEST(ExportOnnx, ReadsBackToANetworkThatComputesTheSame) {
  const Graph graph = from_text(
      "any_batch\n"
      "input x: f32[1,2,6,6]\n"
      "const w: f32[2,2,3,3] = [1 2 3 4 5 6 7 8 9 -1 -2 -3 -4 -5 -6 -7 -8 -9 .1 .2 .3 .4 .5 .6 .7 "
      ".8 .9 1 1 1 1 1 1 1 1 1]\n"
      "const b: f32[2] = [0.5 -1]\n"
      "const m: f32[3,8] = [1 2 3 4 5 6 7 8 8 7 6 5 4 3 2 1 1 -1 1 -1 1 -1 1 -1]\n"
      "const c: f32[3] = [1 2 3]\n"
      "y = Conv(x, w, b, x) pads=[1,1,1,1] activation=[0,6]\n"
      "q = Quantize(y)\n"
      "p = MaxPool(q) kernel_shape=[3,3] strides=[3,3]\n"
      "h = HardSwish(p)\n"
      "r = Resize(h) scales=[1,1,1.5,1.5] sizes=[1,2,3,3]\n"
      "s = Slice(r) starts=[0,0] ends=[2,2] axes=[2,3] steps=[1,1]\n"
      "f = Reshape(s) shape=[-1,8]\n"
      "g = Gemm(f, m, c) transB=1 activation=[0,inf]\n"
      "z = Softmax(g) flatten=true\n"
      "return z\n");
  const Graph back = round_trip(graph);
  EXPECT_TRUE(back.any_batch);
  for (const std::int64_t batch : {1, 3}) {
    expect_close(outputs_of(graph, batch).at(0), outputs_of(back, batch).at(0),
                 "batch " + std::to_string(batch));
  }
}

TEST(ExportOnnx, EveryOperatorComesBack) {
  const Graph graph = graph_of_samples();
  for (const Node& node : graph.nodes) {
    if (std::holds_alternative<Foreign>(node.op)) continue;
    const auto* resize = std::get_if<Resize>(&node.op);
    if (resize && resize->coordinate_transformation_mode == CoordinateMode::tf_half_pixel_for_nn)
      continue;
    Graph one = {.values = graph.values, .nodes = {node}};
    for (const ValueId id : node.inputs) {
      if (!one[id].constant && std::ranges::count(one.inputs, id) == 0) one.inputs.push_back(id);
    }
    one.outputs = node.outputs;
    sweep(one);
    const Graph back = round_trip(one);
    const auto expected = outputs_of(one, 1);
    const auto found = outputs_of(back, 1);
    ASSERT_EQ(found.size(), expected.size()) << node.name;
    for (std::size_t i = 0; i < found.size(); ++i) expect_close(expected[i], found[i], node.name);
  }
}

TEST(ExportOnnx, AnUnknownOperatorComesBackAsItWas) {
  onnx::NodeProto definition;
  definition.set_op_type("Magic");
  definition.set_domain("com.example");
  for (const char* name : {"a", "", "b"}) definition.add_input(name);
  definition.add_output("c");
  Graph graph = from_text("any_batch\ninput x: f32[1,4]\nh = Relu(x)\ny = Abs(h)\nreturn y\n");
  graph.nodes[0].inputs.push_back(graph.nodes[0].inputs[0]);
  graph.nodes[0].op = Foreign{
      .domain = "com.example", .op_type = "Magic", .definition = definition.SerializeAsString()};
  const Graph back = round_trip(graph);
  EXPECT_EQ(foreign_operators(back), "type 'com.example::Magic' at 'h'");
  onnx::NodeProto written;
  ASSERT_TRUE(written.ParseFromString(std::get<Foreign>(back.nodes[0].op).definition));
  ASSERT_EQ(written.input_size(), 3);
  EXPECT_EQ(written.input(0), "x");
  EXPECT_EQ(written.input(1), "") << "an optional input that was left out";
  EXPECT_EQ(written.input(2), "x");

  graph.nodes[0].inputs.pop_back();
  EXPECT_THROW(round_trip(graph), Error) << "the definition names two inputs";
}

TEST(ExportOnnx, NoTwoNodesShareAName) {
  const std::string path = fmt::format("{}vernier_export_{}.onnx", testing::TempDir(), getpid());
  export_onnx(from_text("input x: f32[1,4]\n"
                        "y = Add(x, x) activation=[0,6]  # name: y\n"
                        "y.before = Clip(y) min=0 max=1\n"
                        "return y.before\n"),
              path);
  onnx::ModelProto model;
  ASSERT_TRUE(model.ParseFromString(read_text(path)));
  std::set<std::string> seen;
  EXPECT_EQ(model.graph().node_size(), 3);
  for (const auto& node : model.graph().node()) {
    EXPECT_TRUE(seen.insert(node.name()).second) << node.name();
  }
}

TEST(ExportOnnx, NamesThatItMakesDoNotMeetThoseOfTheGraph) {
  const Graph graph = from_text(
      "input x: f32[1,4]\n"
      "y.shape = Identity(x)\n"
      "y = Reshape(y.shape) shape=[2,2]\n"
      "return y\n");
  expect_close(outputs_of(graph, 1).at(0), outputs_of(round_trip(graph), 1).at(0), "y");
}

}  // namespace
}  // namespace vernier
