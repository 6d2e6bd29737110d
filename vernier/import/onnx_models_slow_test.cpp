// Real files: what import makes of them, at the batch that they are written for and at another.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include <gtest/gtest.h>

#include "vernier/import/import.h"
#include "vernier/ir/shapes.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

struct Expected {
  std::string_view file;
  std::size_t nodes;
  std::string_view output;
  Shape shape;  // for a batch of 1
  bool any_batch = true;
};

const std::array<Expected, 12> models = {{
    {"cifar_resnet20.onnx", 73, "logits", {1, 10}},
    {"cifar_resnet20_apot_fp32.onnx", 73, "logits", {1, 10}},
    {"cifar_resnet56.onnx", 199, "logits", {1, 10}},
    {"mcunet_320kb_imagenet.onnx", 158, "logits", {1, 1000}},
    {"mlperftiny_kws_dscnn.onnx", 21, "logits", {1, 12}},
    {"mlperftiny_kws_dscnn_bn.onnx", 30, "logits", {1, 12}},
    {"mlperftiny_resnet8.onnx", 29, "logits", {1, 10}},
    {"mlperftiny_vww96.onnx", 84, "logits", {1, 2}},
    {"mobilenet_v1_0.25_224.onnx", 84, "logits", {1, 1000}},
    {"mobilenet_v2_1.0_224_dequantized.onnx", 100, "logits", {1, 1000}},
    {"squeezenet1.1_fp16.onnx", 66, "softmaxout_1", {1, 1000, 1, 1}, false},
    {"yolox_nano.onnx", 369, "output", {1, 3549, 85}, false},
}};

fs::path model_folder() {
  const char* data = std::getenv("VERNIER_DATA");
  return (data != nullptr ? fs::path(data) : fs::path(VERNIER_SOURCE_DIR) / "../shared/data") /
         "models/onnx";
}

class OnnxModels : public testing::TestWithParam<Expected> {
 protected:
  void SetUp() override {
    if (!fs::exists(model_folder())) GTEST_SKIP() << "no networks: set VERNIER_DATA";
  }
};

TEST_P(OnnxModels, AreReadWhole) {
  const Expected& expected = GetParam();
  const Graph graph = import_model(model_folder() / expected.file);
  EXPECT_EQ(graph.nodes.size(), expected.nodes);
  EXPECT_EQ(graph.any_batch, expected.any_batch);
  EXPECT_EQ(foreign_operators(graph), "");
  ASSERT_EQ(graph.outputs.size(), 1U);
  EXPECT_EQ(graph[graph.outputs[0]].name, expected.output);
  EXPECT_EQ(graph[graph.outputs[0]].shape, expected.shape);
}

TEST_P(OnnxModels, TakeEveryBatchThatTheySayTheyTake) {
  Graph graph = import_model(model_folder() / GetParam().file);
  const std::int64_t batch = graph.any_batch ? 7 : 1;
  infer_shapes(graph, batch);
  Shape expected = GetParam().shape;
  expected[0] *= batch;
  EXPECT_EQ(graph[graph.outputs[0]].shape, expected);
}

std::string test_name(const testing::TestParamInfo<Expected>& info) {
  std::string name = fs::path(info.param.file).stem().string();
  std::ranges::replace(name, '.', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, OnnxModels, testing::ValuesIn(models), test_name);

}  // namespace
}  // namespace vernier
