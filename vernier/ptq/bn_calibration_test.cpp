#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/ir/text.h"
#include "vernier/ptq/method.h"
#include "vernier/ptq/test_networks.h"
#include "vernier/reference/exact.h"

namespace vernier {
namespace {

// Three normalizations: two side by side, one behind their sum. Two bits, so that what they read is
// far from what was learned. Three channels, which are no whole block.
QuantGraph model() {
  return quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,2,4,4]\n"
      "const w1: f32[3,2,1,1] = [0.9 -0.37 0.3 0.71 1 2]\n"
      "const w2: f32[3,2,1,1] = [1 0.5 -0.5 1 0.25 0.75]\n"
      "const w3: f32[3,3,1,1] = [1 0.5 -0.5 1 0.25 0.75 -1 0.3 0.6]\n"
      "const b: f32[3] = [0.5 -1 0]\n"
      "const gamma: f32[3] = [1 1 1]\n"
      "const beta: f32[3] = [0 0 0]\n"
      "const mean: f32[3] = [0 0.1 0.2]\n"
      "const variance: f32[3] = [1 2 3]\n"
      "y1 = Conv(x, w1, b)\n"
      "z1 = BatchNormalization(y1, gamma, beta, mean, variance)\n"
      "y2 = Conv(x, w2, b)\n"
      "z2 = BatchNormalization(y2, gamma, beta, mean, variance)\n"
      "s = Add(z1, z2)\n"
      "q = Quantize(s)\n"
      "y3 = Conv(q, w3, b)\n"
      "z3 = BatchNormalization(y3, gamma, beta, mean, variance)\n"
      "return z3\n"
      "point x: range=[0,3] symmetric=false scale=[1] zero_point=[1]\n"
      "point w1: range=[-1,1] scale=[0.9] zero_point=[0]\n"
      "point w2: range=[-1,1] scale=[0.9] zero_point=[0]\n"
      "point w3: range=[-1,1] scale=[0.9] zero_point=[0]\n"
      "point q: range=[0,3] symmetric=false scale=[1] zero_point=[1]\n");
}

Tensor images() {
  Random random(5);
  Tensor all(DType::f32, {70, 2, 4, 4});  // some batches
  for (float& value : all.edit<float>()) value = static_cast<float>(random.normal());
  return all;
}

struct Spread {
  double mean = 0.0;
  double variance = 0.0;
};

/// Of a channel of [N,3,4,4].
Spread spread(const Tensor& tensor, std::size_t channel) {
  const auto values = tensor.view<float>();
  std::vector<double> own;
  for (std::size_t i = 0; i < values.size(); ++i)
    if (i / 16 % 3 == channel) own.push_back(values[i]);
  const auto count = static_cast<double>(own.size());
  const double mean = std::accumulate(own.begin(), own.end(), 0.0) / count;
  double variance = 0.0;
  for (const double x : own) variance += (x - mean) * (x - mean) / count;
  return {mean, variance};
}

/// What a normalization reads when the network runs in integers.
Tensor read_by(QuantGraph model, const std::string& value) {
  model.graph.outputs = {find_value(model.graph, value)};
  const Tensor all = images();
  return run_exact(lower(model), std::span(&all, 1))[0];
}

TEST(BnCalibration, HoldsTheStatisticsOfTheNetworkThatIsLeft) {
  const QuantGraph after = bn_calibration(model(), {.calibration = dataset_of(images())});
  int seen = 0;
  for (const Node& node : after.graph.nodes) {
    if (!std::holds_alternative<BatchNormalization>(node.op)) continue;
    ++seen;
    const Tensor read = read_by(after, after.graph[node.inputs[0]].name);
    for (std::size_t channel = 0; channel < 3; ++channel) {
      const Spread expected = spread(read, channel);
      EXPECT_NEAR(constant(after.graph, node.inputs[3]).view<float>()[channel], expected.mean, 1e-4)
          << node.name << ", channel " << channel;
      EXPECT_NEAR(constant(after.graph, node.inputs[4]).view<float>()[channel], expected.variance,
                  1e-4)
          << node.name << ", channel " << channel;
    }
  }
  EXPECT_EQ(seen, 3);
}

TEST(BnCalibration, ChangesNothingElse) {
  const QuantGraph before = model();
  const QuantGraph after = bn_calibration(before, {.calibration = dataset_of(images())});
  EXPECT_EQ(after.points, before.points);
  for (const char* name : {"w1", "w2", "w3", "b", "gamma", "beta"}) {
    EXPECT_EQ(after.graph[find_value(after.graph, name)].constant,
              before.graph[find_value(before.graph, name)].constant)
        << name;
  }
}

TEST(BnCalibration, IsTheSameForAnyNumberOfThreads) {
  const Dataset dataset = dataset_of(images());
  set_thread_count(1);
  const std::string one = to_text(bn_calibration(model(), {.calibration = dataset}));
  set_thread_count(3);
  EXPECT_EQ(to_text(bn_calibration(model(), {.calibration = dataset})), one);
}

TEST(BnCalibration, SaysWhenThereIsNothingToDo) {
  const QuantGraph plain = quant_graph_from_text(
      "input x: f32[1,2]\n"
      "y = Relu(x)\n"
      "return y\n");
  std::string said;
  const Dataset dataset = dataset_of(images());
  bn_calibration(plain,
                 {.calibration = dataset, .note = [&](const std::string& line) { said = line; }});
  EXPECT_NE(said.find("no batch normalization"), std::string::npos) << said;
}

}  // namespace
}  // namespace vernier
