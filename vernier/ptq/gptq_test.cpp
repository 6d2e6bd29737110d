#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/parallel.h"
#include "vernier/ir/text.h"
#include "vernier/ptq/method.h"
#include "vernier/ptq/test_networks.h"
#include "vernier/reference/exact.h"

namespace vernier {
namespace {

class RandomGptq : public testing::TestWithParam<int> {
 protected:
  RandomGptq()
      : maker(static_cast<std::uint64_t>(GetParam()),
              network_specs(GetParam() % 2 == 0 ? Granularity::per_channel
                                                : Granularity::per_tensor)),
        before(maker.make(8)),
        images(dataset_of(maker.random_input(9))) {}

  RandomNetwork maker;
  QuantGraph before;
  Dataset images;
};

TEST_P(RandomGptq, LeavesActivationsAndPutsWeightsOnTheirGrid) {
  const QuantGraph after = gptq(before, {.calibration = images});
  for (const auto& [id, point] : before.points) {
    if (before.graph[id].constant) continue;
    EXPECT_EQ(after.points.at(id), point) << before.graph[id].name;
  }
  for (const IntegerNode& node : lower(after).nodes) {  // its sums fit into 32 bits
    const Node& layer = *std::ranges::find(after.graph.nodes, node.outputs, &Node::outputs);
    if (!std::holds_alternative<IntegerLinear>(node.op) || !is_one_of<Conv, Gemm>(layer.op))
      continue;
    if (!used_once(after.graph, layer.inputs[1])) continue;
    const QuantPoint& point = after.points.at(layer.inputs[1]);
    const auto weights = constant(after.graph, layer.inputs[1]).view<float>();
    std::vector<float> on_grid(weights.begin(), weights.end());
    fake_quantize_channels(on_grid, point.params, point.spec);
    EXPECT_TRUE(std::ranges::equal(weights, on_grid)) << node.name;
  }
}

TEST_P(RandomGptq, IsTheSameForAnyNumberOfThreads) {
  set_thread_count(1);
  const std::string one = to_text(gptq(before, {.calibration = images}));
  set_thread_count(3);
  EXPECT_EQ(to_text(gptq(before, {.calibration = images})), one);
}

TEST_P(RandomGptq, WithoutMemoryForItIsTheCorrectionAlone) {
  std::string notes;
  const auto note = [&](const std::string& line) { notes += line; };
  const MethodInput input = {.calibration = images, .memory_bytes = 15, .note = note};
  EXPECT_EQ(to_text(gptq(before, input)), to_text(affine_correction(before, input)));
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomGptq, testing::Range(0, 24));

// Four bits, and inputs that have much in common. Two groups, a depthwise layer, a linear one.
QuantGraph coarse_network() {
  Random random(4);
  const auto weights = [&](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += fmt::format(" {:.6f}", random.normal());
    return text.substr(1);
  };
  return quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,4,4,4]\n"
      "const w: f32[4,2,3,3] = [" +
      weights(72) +
      "]\n"
      "const b: f32[4] = [0.5 -1 0 0.25]\n"
      "const v: f32[4,1,3,3] = [" +
      weights(36) +
      "]\n"
      "const u: f32[3,64] = [" +
      weights(192) +
      "]\n"
      "const c: f32[3] = [0.5 -1 0]\n"
      "y = Conv(x, w, b) group=2 pads=[1,1,1,1]\n"
      "z = Conv(y, v, b) group=4 pads=[1,1,1,1]\n"
      "f = Flatten(z)\n"
      "p = Gemm(f, u, c) transB=1\n"
      "return p\n"
      "point x: range=[0,255] symmetric=false scale=[0.03125] zero_point=[128]\n"
      "point w: range=[-7,7] scale=[0.3] zero_point=[0]\n"
      "point y: range=[0,255] symmetric=false scale=[0.2] zero_point=[128]\n"
      "point v: range=[-7,7] scale=[0.3] zero_point=[0]\n"
      "point z: range=[0,255] symmetric=false scale=[0.6] zero_point=[128]\n"
      "point f: range=[0,255] symmetric=false leader=z scale=[0.6] zero_point=[128]\n"
      "point u: range=[-7,7] scale=[0.3] zero_point=[0]\n");
}

Tensor smooth_images(std::int64_t count, std::uint64_t seed) {
  Tensor images(DType::f32, {count, 4, 4, 4});
  Random random(seed);
  const auto values = images.edit<float>();
  double common = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 64 == 0) common = random.normal();
    values[i] = static_cast<float>(common + 0.3 * random.normal());
  }
  return images;
}

double squared_error(const QuantGraph& model, const Tensor& images) {
  const Tensor found = run_exact(lower(model), std::span(&images, 1))[0];
  const Graph graph = coarse_network().graph;
  const Tensor wanted = evaluate(graph, std::span(&images, 1))[index(graph.outputs[0])];
  double error = 0.0;
  for (std::size_t i = 0; i < static_cast<std::size_t>(wanted.size()); ++i)
    error += std::pow(found.view<float>()[i] - wanted.view<float>()[i], 2.0);
  return error;
}

TEST(Gptq, IsNearerToFloatThanTheCorrectionAloneOnOtherImages) {
  const Dataset images = dataset_of(smooth_images(128, 1));
  const Tensor others = smooth_images(128, 2);
  const QuantGraph rounded = gptq(coarse_network(), {.calibration = images});
  const QuantGraph corrected = affine_correction(coarse_network(), {.calibration = images});
  EXPECT_LT(squared_error(rounded, others), 0.6 * squared_error(corrected, others));
}

TEST(Gptq, NamesTheLayersThatItHasNoMemoryFor) {
  std::string notes;
  const Dataset images = dataset_of(smooth_images(8, 1));
  gptq(coarse_network(), {.calibration = images,
                          .memory_bytes = std::int64_t{20'000},
                          .note = [&](const std::string& line) { notes += line; }});
  EXPECT_NE(notes.find("'p' stays with the nearest rounding"), std::string::npos) << notes;
  EXPECT_EQ(notes.find("'y' stays"), std::string::npos) << notes;
}

}  // namespace
}  // namespace vernier
