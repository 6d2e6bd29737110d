#include "vernier/export/onnx_qdq.h"

#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <onnx/checker.h>
#include <onnx/onnx_pb.h>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/export/read_back.h"
#include "vernier/import/import.h"
#include "vernier/ir/text.h"
#include "vernier/quant/similarity.h"
#include "vernier/reference/evaluate.h"
#include "vernier/reference/exact.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

// Literally a file adds in float what we add in integers, so that now and then a rounding falls to
// the other side.
constexpr double least_decibels = 25.0;

constexpr auto both_places = {ClampPlace::before_quantizer, ClampPlace::behind_quantizer};

QuantSpec spec(IntRange range, bool symmetric, Granularity granularity = Granularity::per_tensor) {
  return {.range = range, .symmetric = symmetric, .granularity = granularity};
}

const std::vector<RandomSpecs>& cases() {
  constexpr auto per_channel = Granularity::per_channel;
  static const std::vector<RandomSpecs> all = {
      {.activation = spec({0, 255}, false),
       .weight = spec({-127, 127}, true, per_channel),
       .addition = Addition::fma},
      {.activation = spec({-128, 127}, true), .weight = spec({-127, 127}, true)},
      {.activation = spec({0, 255}, false), .weight = spec({0, 255}, false)},
      {.activation = spec({0, 15}, false), .weight = spec({-7, 7}, true, per_channel)},
      {.activation = spec({-32768, 32767}, true), .weight = spec({-7, 7}, true)},
  };
  return all;
}

void expect_close(const IntegerGraph& network, const Graph& qdq, const std::string& what) {
  Tensor input(DType::f32, network.graph[network.graph.inputs[0]].shape);
  Random random(9);
  for (float& each : input.edit<float>()) each = static_cast<float>(random.normal());
  const std::vector<Tensor> values = evaluate(qdq, {&input, 1});
  const std::vector<Tensor> exact = run_exact(network, {&input, 1});
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const ValueId id = qdq.outputs.at(i);
    EXPECT_EQ(qdq[id].name, network.graph[network.graph.outputs[i]].name) << what;
    Similarity sums;
    sums.add(exact[i].view<float>(), values[index(id)].view<float>());
    EXPECT_GE(sqnr_db(sums), least_decibels) << what << ": " << qdq[id].name;
  }
}

TEST(OnnxQdq, MeansWhatTheIntegersMean) {
  for (std::size_t number = 0; number < cases().size(); ++number) {
    for (std::uint64_t seed = 0; seed < 12; ++seed) {
      RandomNetwork maker(seed * 31 + 1, cases()[number]);
      const QuantGraph model = maker.make(8);
      const IntegerGraph network = lower(model);
      for (const ClampPlace place : both_places)
        expect_close(network, qdq_graph(model, network, {.clamp = place}),
                     fmt::format("case {}, seed {}", number, seed));
    }
  }
}

QuantGraph small(int zero_point) {
  return quant_graph_from_text(
      fmt::format("any_batch\n"
                  "input x: f32[1,1,2,2]\n"
                  "const w: f32[2,1,1,1] = [1 -0.5]\n"
                  "const b: f32[2] = [0.25 0]\n"
                  "y = Conv(x, w, b) activation=[0,inf]  # name: conv\n"
                  "z = Add(y, y)  # name: add\n"
                  "return z\n"
                  "point x: range=[0,255] symmetric=false scale=[0.5] zero_point=[128]\n"
                  "point w: range=[-127,127] granularity=per_channel scale=[0.125,0.25] "
                  "zero_point=[0,0]\n"
                  "point y: range=[0,255] symmetric=false scale=[0.1] zero_point=[{}]\n"
                  "point z: range=[0,255] symmetric=false scale=[0.2] zero_point=[0]\n",
                  zero_point));
}

std::vector<std::string> types_of(const Graph& graph) {
  std::vector<std::string> types;
  for (const Node& node : graph.nodes) {
    if (!is_one_of<QuantizeLinear, DequantizeLinear>(node.op)) types.push_back(type_name(node.op));
  }
  return types;
}

Graph qdq_of(const QuantGraph& model, ClampPlace place) {
  return qdq_graph(model, lower(model), {.clamp = place});
}

TEST(OnnxQdq, AClampThatTheQuantizerDoesAnywayIsLeftOut) {
  using Types = std::vector<std::string>;
  const Graph graph = qdq_of(small(0), ClampPlace::before_quantizer);
  EXPECT_EQ(types_of(graph), (Types{"Conv", "Add"}));
  EXPECT_EQ(types_of(qdq_of(small(3), ClampPlace::before_quantizer)),
            (Types{"Conv", "Relu", "Add"}));
}

// Then ONNX Runtime has a quantizer right behind the layer.
TEST(OnnxQdq, AClampStandsBehindTheQuantizerWhereThatIsAskedFor) {
  const Graph graph = qdq_of(small(3), ClampPlace::behind_quantizer);
  const auto readers = consumers(graph);
  const auto conv = std::ranges::find_if(
      graph.nodes, [](const Node& node) { return std::holds_alternative<Conv>(node.op); });
  ASSERT_NE(conv, graph.nodes.end());
  const auto& behind = readers[index(conv->outputs[0])];
  ASSERT_EQ(behind.size(), 1U);
  EXPECT_TRUE(std::holds_alternative<QuantizeLinear>(graph[behind[0]].op));
}

// ONNX Runtime has no convolution in integers with a float result.
TEST(OnnxQdq, ALastConvolutionOfOnePixelIsALinearLayer) {
  const QuantGraph model = quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,2,1,1]\n"
      "const w: f32[2,2,1,1] = [1 -0.5 0.25 1]\n"
      "const b: f32[2] = [0.25 0]\n"
      "y = Conv(x, w, b)  # name: conv\n"
      "return y\n"
      "point x: range=[0,255] symmetric=false scale=[0.5] zero_point=[128]\n"
      "point w: range=[-127,127] scale=[0.125] zero_point=[0]\n");
  const Graph graph = qdq_of(model, ClampPlace::behind_quantizer);
  EXPECT_EQ(types_of(graph), (std::vector<std::string>{"Flatten", "Gemm", "Reshape"}));
  expect_close(lower(model), graph, "one pixel");
}

TEST(OnnxQdq, WeightsAndBiasesAreIntegersWithTheScalesOfTheirSums) {
  const Graph graph = qdq_of(small(0), ClampPlace::before_quantizer);
  EXPECT_EQ(constant(graph, find_value(graph, "w.quantized")),
            Tensor::of<std::int8_t>({2, 1, 1, 1}, std::vector<std::int8_t>{8, -2}));
  EXPECT_EQ(constant(graph, find_value(graph, "b.quantized")),
            Tensor::of<std::int32_t>({2}, std::vector<std::int32_t>{4, 0}));
  EXPECT_EQ(constant(graph, find_value(graph, "b.scale")),
            Tensor::of<float>({2}, std::vector{0.0625F, 0.125F}));
}

TEST(OnnxQdq, SignedActivationsAreWrittenAsUnsignedOnes) {
  const QuantGraph model = quant_graph_from_text(
      "input x: f32[1,4]\n"
      "y = Abs(x)\n"
      "z = Abs(y)\n"
      "return z\n"
      "point x: range=[-127,127] scale=[0.5] zero_point=[0]\n"
      "point y: range=[-128,127] symmetric=false scale=[0.5] zero_point=[-3]\n");
  const Graph shifted = qdq_graph(model, lower(model), {});
  EXPECT_EQ(constant(shifted, find_value(shifted, "x.zero_point")),
            Tensor::of<std::uint8_t>({}, std::vector<std::uint8_t>{128}));
  EXPECT_EQ(constant(shifted, find_value(shifted, "y.zero_point")),
            Tensor::of<std::uint8_t>({}, std::vector<std::uint8_t>{125}));
  expect_close(lower(model), shifted, "unsigned");
  const Graph kept = qdq_graph(model, lower(model), {.unsigned_activations = false});
  EXPECT_EQ(constant(kept, find_value(kept, "y.zero_point")),
            Tensor::of<std::int8_t>({}, std::vector<std::int8_t>{-3}));
  expect_close(lower(model), kept, "signed");
}

TEST(OnnxQdq, BiasesCanBeFloats) {
  const QuantGraph model = small(0);
  const Graph graph = qdq_graph(model, lower(model), {.integer_biases = false});
  EXPECT_EQ(constant(graph, find_value(graph, "b")),
            Tensor::of<float>({2}, std::vector{0.25F, 0.0F}));
  expect_close(lower(model), graph, "float biases");
}

TEST(OnnxQdq, FourBitsTakeHalfOfAByteSinceOpset21) {
  const auto path = std::filesystem::path(testing::TempDir()) /
                    fmt::format("vernier_four_bits_{}.onnx", getpid());
  const std::vector<float> biases(100, 0.0F);
  std::vector<std::int8_t> integers(200);
  for (std::size_t i = 0; i < integers.size(); ++i)
    integers[i] = static_cast<std::int8_t>(static_cast<int>(i % 16) - 8);
  Graph graph;
  const ValueId x = add_value(graph, {.name = "x", .shape = {1, 2}});
  const ValueId w = add_constant(graph, "w", Tensor::of<std::int8_t>({100, 2}, integers));
  const ValueId scale = add_constant(graph, "s", Tensor::of<float>({}, std::vector{0.5F}));
  const ValueId zero = add_constant(graph, "z", Tensor(DType::i8, {}));
  const ValueId b = add_constant(graph, "b", Tensor::of<float>({100}, biases));
  const ValueId d = add_value(graph, {.name = "d", .shape = {100, 2}});
  const ValueId y = add_value(graph, {.name = "y", .shape = {1, 100}});
  graph.nodes = {{"d", DequantizeLinear{.axis = 0}, {w, scale, zero}, {d}},
                 {"y", Gemm{.transB = 1}, {x, d, b}, {y}}};
  graph.inputs = {x};
  graph.outputs = {y};
  write_checked(graph, {.least_opset = 13}, path);
  const auto whole = std::filesystem::file_size(path);
  write_checked(graph, {.least_opset = 21}, path);
  EXPECT_NEAR(static_cast<double>(whole - std::filesystem::file_size(path)), 100.0, 8.0);
  const Graph back = import_model(path);
  EXPECT_EQ(constant(back, find_value(back, "w")), *graph[w].constant);
  std::filesystem::remove(path);
}

bool is_of_opset_13(const std::filesystem::path& path) {
  onnx::ModelProto model;
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(model.ParseFromIstream(&file));
  return model.opset_import(0).version() == 13;
}

TEST(OnnxQdq, TheFileReadsBackInEveryOpset) {
  const auto path =
      std::filesystem::path(testing::TempDir()) / fmt::format("vernier_qdq_{}.onnx", getpid());
  for (const int opset : {13, 21}) {
    for (const RandomSpecs& each : cases()) {
      RandomNetwork maker(3, each);
      const QuantGraph model = maker.make(6);
      const Graph graph = qdq_of(model, ClampPlace::behind_quantizer);
      ASSERT_NO_THROW(write_checked(graph, {.least_opset = opset}, path)) << "opset " << opset;
      // The installed ONNX knows no opset behind 17.
      if (is_of_opset_13(path)) {
        EXPECT_NO_THROW(onnx::checker::check_model(path.string()));
      }
      const Graph back = import_model(path);
      for (const Value& value : graph.values) {
        if (!value.constant || value.dtype == DType::f32) continue;
        const auto found = find_value_if_any(back, value.name);
        if (found && back[*found].constant) {
          EXPECT_EQ(*back[*found].constant, *value.constant) << value.name;
        }
      }
    }
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace vernier
