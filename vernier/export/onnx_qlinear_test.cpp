#include "vernier/export/onnx_qlinear.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/export/onnx_qdq.h"
#include "vernier/export/read_back.h"
#include "vernier/import/import.h"
#include "vernier/ir/text.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

std::filesystem::path file() {
  return std::filesystem::path(testing::TempDir()) / fmt::format("vernier_ql_{}.onnx", getpid());
}

std::vector<std::string> types_of(const Graph& graph) {
  std::vector<std::string> types;
  for (const Node& node : graph.nodes) types.push_back(type_name(node.op));
  return types;
}

const QuantGraph& model() {
  static const QuantGraph graph = quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,2,4,4]\n"
      "const w: f32[2,2,1,1] = [1 -0.5 0.25 2]\n"
      "const b: f32[2] = [0.25 0]\n"
      "const m: f32[3,2] = [1 2 3 4 5 6]\n"
      "const n: f32[3] = [1 2 3]\n"
      "y = Conv(x, w, b) activation=[0,inf]  # name: conv\n"
      "s = Add(x, y)  # name: sum\n"
      "g = GlobalAveragePool(s)  # name: mean\n"
      "f = Reshape(g) shape=[-1,2]  # name: flat\n"
      "z = Gemm(f, m, n) transB=1  # name: fc\n"
      "return z\n"
      "point x: range=[0,255] symmetric=false scale=[0.05] zero_point=[128]\n"
      "point w: range=[-127,127] granularity=per_channel scale=[0.01,0.02] zero_point=[0,0]\n"
      "point m: range=[-127,127] scale=[0.05] zero_point=[0]\n"
      "point y: range=[0,255] symmetric=false scale=[0.03] zero_point=[0]\n"
      "point s: range=[0,255] symmetric=false scale=[0.06] zero_point=[90]\n"
      "point g: range=[0,255] symmetric=false scale=[0.02] zero_point=[60]\n"
      "point f: leader=g range=[0,255] symmetric=false\n");
  return graph;
}

TEST(OnnxQLinear, EveryOperatorIsOneOnIntegers) {
  const Graph qdq = qdq_graph(model(), lower(model()), {});
  EXPECT_EQ(types_of(qlinear_graph(qdq)),
            (std::vector<std::string>{"QuantizeLinear", "QLinearConv", "QLinearAdd",
                                      "QLinearGlobalAveragePool", "DequantizeLinear", "Reshape",
                                      "QuantizeLinear", "QGemm"}));
}

TEST(OnnxQLinear, TheReaderTakesThemApartAgain) {
  const Graph qdq = qdq_graph(model(), lower(model()), {});
  ASSERT_NO_THROW(write_checked(qlinear_graph(qdq), qdq, file()));
  EXPECT_TRUE(foreign_operators(import_model(file())).empty());
  std::filesystem::remove(file());
}

TEST(OnnxQLinear, RandomNetworksReadBack) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    RandomNetwork maker(
        seed * 17 + 5, {.activation = {.range = {0, 255}, .symmetric = false},
                        .weight = {.range = {-127, 127}, .granularity = Granularity::per_channel}});
    const QuantGraph random = maker.make(8);
    const Graph qdq = qdq_graph(random, lower(random), {});
    ASSERT_NO_THROW(write_checked(qlinear_graph(qdq), qdq, file())) << "seed " << seed;
  }
  std::filesystem::remove(file());
}

}  // namespace
}  // namespace vernier
