#include <cmath>

#include <gtest/gtest.h>

#include "vernier/base/parallel.h"
#include "vernier/ir/text.h"
#include "vernier/ptq/method.h"
#include "vernier/ptq/test_networks.h"
#include "vernier/quant/affine.h"
#include "vernier/reference/exact.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

class RandomCorrection : public testing::TestWithParam<int> {};

TEST_P(RandomCorrection, KeepsTheIntegersOfWeightsAndEveryActivation) {
  RandomNetwork random(static_cast<std::uint64_t>(GetParam()),
                       network_specs(Granularity::per_channel));
  const QuantGraph before = random.make(8);
  const Dataset images = dataset_of(random.random_input(9));
  const QuantGraph after = affine_correction(before, {.calibration = images});
  for (const auto& [id, point] : before.points) {
    if (before.graph[id].constant) {
      EXPECT_EQ(integers_of(after, id), integers_of(before, id)) << before.graph[id].name;
    } else {
      EXPECT_EQ(after.points.at(id), point) << before.graph[id].name;
    }
  }
  lower(after);  // its sums fit into 32 bits
}

TEST_P(RandomCorrection, IsTheSameForAnyNumberOfThreads) {
  RandomNetwork random(static_cast<std::uint64_t>(GetParam()),
                       network_specs(Granularity::per_channel));
  const QuantGraph before = random.make(8);
  const Dataset images = dataset_of(random.random_input(9));
  set_thread_count(1);
  const std::string one = to_text(affine_correction(before, {.calibration = images}));
  set_thread_count(3);
  EXPECT_EQ(to_text(affine_correction(before, {.calibration = images})), one);
}

TEST_P(RandomCorrection, OfBiasesLeavesTheScales) {
  RandomNetwork random(static_cast<std::uint64_t>(GetParam()),
                       network_specs(Granularity::per_channel));
  const QuantGraph before = random.make(8);
  const Dataset images = dataset_of(random.random_input(9));
  EXPECT_EQ(bias_correction(before, {.calibration = images}).points, before.points);
}

TEST_P(RandomCorrection, OfOneScaleATensorLeavesTheScales) {
  RandomNetwork random(static_cast<std::uint64_t>(GetParam()),
                       network_specs(Granularity::per_tensor));
  const QuantGraph before = random.make(8);
  const Dataset images = dataset_of(random.random_input(9));
  EXPECT_EQ(affine_correction(before, {.calibration = images}).points, before.points);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCorrection, testing::Range(0, 25));

// Three bits for the weights: their error is large and the same for every image.
QuantGraph coarse_layer() {
  return quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,2,4,4]\n"
      "const w: f32[2,2,1,1] = [0.9 -0.37 0.3 0.71]\n"
      "const b: f32[2] = [0.5 -1]\n"
      "y = Conv(x, w, b)\n"
      "return y\n"
      "point x: range=[0,255] symmetric=false scale=[0.03125] zero_point=[128]\n"
      "point w: range=[-3,3] granularity=per_channel scale=[0.3,0.23666] zero_point=[0,0]\n");
}

std::vector<double> mean_errors(const QuantGraph& model, const Tensor& images) {
  const Tensor integers = run_exact(lower(model), std::span(&images, 1))[0];
  const Graph graph = coarse_layer().graph;
  const Tensor real = evaluate(graph, std::span(&images, 1))[index(graph.outputs[0])];
  std::vector<double> errors(2, 0.0);
  for (std::size_t i = 0; i < static_cast<std::size_t>(real.size()); ++i)
    errors[i / 16 % 2] += integers.view<float>()[i] - real.view<float>()[i];
  for (double& error : errors) error /= static_cast<double>(real.size()) / 2.0;
  return errors;
}

TEST(AffineCorrection, RemovesTheMeanError) {
  Tensor images(DType::f32, {12, 2, 4, 4});
  Random random(5);
  for (float& x : images.edit<float>()) x = static_cast<float>(1.0 + 0.5 * random.normal());
  const Dataset dataset = dataset_of(images);
  for (const double error : mean_errors(coarse_layer(), images))
    EXPECT_GT(std::abs(error), 0.01) << "there is something to correct";
  for (const auto& correct : {affine_correction, bias_correction, gptq}) {
    const QuantGraph corrected = correct(coarse_layer(), {.calibration = dataset});
    for (const double error : mean_errors(corrected, images))
      EXPECT_LT(std::abs(error), 0.004) << "half a step of the bias";
  }
}

TEST(AffineCorrection, LeavesTheScaleOfASharedWeight) {
  const QuantGraph before = quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,1,4,4]\n"
      "const w: f32[1,1,1,1] = [0.9]\n"
      "const b: f32[1] = [0]\n"
      "y = Conv(x, w, b)\n"
      "z = Conv(y, w, b)\n"
      "return z\n"
      "point x: range=[0,255] symmetric=false scale=[0.03125] zero_point=[128]\n"
      "point w: range=[-3,3] granularity=per_channel scale=[0.4] zero_point=[0]\n"
      "point y: range=[0,255] symmetric=false scale=[0.03125] zero_point=[128]\n");
  Tensor images(DType::f32, {3, 1, 4, 4});
  for (float& x : images.edit<float>()) x = 1.0F;
  const QuantGraph after = affine_correction(before, {.calibration = dataset_of(images)});
  EXPECT_EQ(after.points, before.points);
  const auto bias = [&](std::size_t node) {
    return constant(after.graph, after.graph.nodes[node].inputs[2]).view<float>()[0];
  };
  EXPECT_NE(bias(0), bias(1)) << "each layer has a bias of its own";
}

}  // namespace
}  // namespace vernier
