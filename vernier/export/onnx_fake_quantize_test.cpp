#include "vernier/export/onnx_fake_quantize.h"

#include <algorithm>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/export/onnx_qdq.h"
#include "vernier/export/read_back.h"
#include "vernier/import/import.h"
#include "vernier/reference/evaluate.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

std::filesystem::path file() {
  return std::filesystem::path(testing::TempDir()) / fmt::format("vernier_fq_{}.onnx", getpid());
}

std::int64_t count_quantizers(const Graph& graph) {
  return std::ranges::count_if(graph.nodes, [](const Node& node) {
    const auto* foreign = std::get_if<Foreign>(&node.op);
    return foreign != nullptr && foreign->op_type == "FakeQuantize";
  });
}

// Written, read back and run beside the graph that it was made of, by write_checked().
TEST(OnnxFakeQuantize, TheReaderTakesItApartAgain) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const IntRange range = seed % 2 == 0 ? IntRange{0, 255} : IntRange{-128, 127};
    const IntRange weights = seed % 3 == 0 ? IntRange{-128, 127} : IntRange{-127, 127};
    RandomNetwork maker(seed, {.activation = {.range = range, .symmetric = seed % 2 == 1},
                               .weight = {.range = weights,
                                          .granularity = seed % 4 < 2 ? Granularity::per_channel
                                                                      : Granularity::per_tensor}});
    const QuantGraph model = maker.make(5);
    const Graph qdq = qdq_graph(model, lower(model), {.clamp = ClampPlace::before_quantizer});
    const Graph graph = fake_quantize_graph(qdq);
    EXPECT_GT(count_quantizers(graph), 0) << seed;
    for (const Node& node : graph.nodes) {
      EXPECT_FALSE((is_one_of<QuantizeLinear, DequantizeLinear>(node.op)))
          << seed << ": " << node.name << " is not FakeQuantize";
    }
    write_checked(graph, qdq, file());
    std::filesystem::remove(file());
  }
}

TEST(OnnxFakeQuantize, SixteenBitsAreRefusedByName) {
  RandomNetwork maker(1, {.activation = {.range = {-32768, 32767}}, .weight = {.range = {-7, 7}}});
  const QuantGraph model = maker.make(3);
  try {
    fake_quantize_graph(qdq_graph(model, lower(model), {}));
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("more than 8 bits"), std::string::npos)
        << error.what();
  }
}

}  // namespace
}  // namespace vernier
