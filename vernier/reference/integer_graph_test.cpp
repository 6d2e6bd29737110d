#include "vernier/reference/integer_graph.h"

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

// One layer of one channel; the scale of its output is left out where it is empty.
QuantGraph layer(std::string_view bias, std::string_view x_scale, std::string_view w_scale,
                 std::string_view y_scale) {
  std::string text = fmt::format(
      "input x: f32[1,1,2,2]\n"
      "const w: f32[1,1,1,1] = [1]\n"
      "const b: f32[1] = [{}]\n"
      "y = Conv(x, w, b) activation=[0,6]  # name: conv\n"
      "return y\n"
      "point x: range=[0,255] symmetric=false scale=[{}] zero_point=[3]\n"
      "point w: range=[-127,127] scale=[{}] zero_point=[0]\n",
      bias, x_scale, w_scale);
  if (!y_scale.empty()) {
    text +=
        fmt::format("point y: range=[0,255] symmetric=false scale=[{}] zero_point=[10]\n", y_scale);
  }
  return quant_graph_from_text(text);
}

const IntegerLinear& only_layer(const IntegerGraph& network) {
  return std::get<IntegerLinear>(network.nodes.at(0).op);
}

std::string error_of(const QuantGraph& model) {
  try {
    lower(model);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// The scales of a witness for which (sx / sy) * sw and sx * (sw / sy) give other floats.
TEST(Lower, RatiosAreFormedFromLeftToRight) {
  const IntegerGraph network =
      lower(layer("0", "1.6562498807907104", "5.482313645188697e-05", "0.09375002235174179"));
  EXPECT_EQ(only_layer(network).requantizers[0].multiplier,
            (1.6562498807907104F * 5.482313645188697e-05F) / 0.09375002235174179F);
}

TEST(Lower, AnActivationNarrowsTheIntegers) {
  const OutputRange output = only_layer(lower(layer("0", "0.5", "0.25", "0.1"))).output;
  EXPECT_EQ(output, (OutputRange{.zero_point = 10, .clamp = {10, 70}}));
}

TEST(Lower, ALayerWithoutAPointBehindItGivesFloats) {
  const IntegerGraph network = lower(layer("0.3", "0.5", "0.25", ""));
  const IntegerLinear& linear = only_layer(network);
  EXPECT_TRUE(linear.requantizers.empty());
  EXPECT_EQ(linear.output_scales, std::vector<float>{0.125F});
  EXPECT_EQ(linear.activation, (Activation{.lo = 0.0F, .hi = 6.0F}));
  EXPECT_EQ(linear.bias, std::vector<std::int32_t>{2}) << "0.3 / 0.125 is 2.4";
}

TEST(Lower, NumbersThat32BitsDoNotHoldAreErrors) {
  EXPECT_EQ(error_of(layer("1", "1e-5", "1e-5", "1")),
            "node 'conv': the bias 1 of channel 0 is 10000000505 steps of scale_x * scale_w, which "
            "32 bits do not hold; keep this layer in float or widen its ranges");
  // A bias of 2^31 - 1024 steps fits, but not with the largest product, 252 * 1.
  EXPECT_EQ(error_of(layer("2147483520", "1", "1", "1")),
            "node 'conv': the sum of channel 0 can be anything in 2147483517..2147483772, which 32 "
            "bits do not hold; give the layer fewer bits");
}

TEST(Lower, APointWithoutParametersIsAnError) {
  QuantGraph model = layer("0", "0.5", "0.25", "0.1");
  model.points.begin()->second.params.clear();
  EXPECT_NE(error_of(model).find("has no parameters; calibrate first"), std::string::npos);
}

constexpr std::string_view concat_of_two =
    "input a: f32[1,1,1,2]\n"
    "input b: f32[1,1,1,2]\n"
    "y = Concat(a, b) axis=1\n"
    "return y\n"
    "point a: range=[0,3] symmetric=false scale=[1] zero_point=[0]\n"
    "point b: range=[0,3] symmetric=false scale=[0.5] zero_point=[1]\n"
    "point y: range=[0,3] symmetric=false scale=[1] zero_point=[0]\n";

TEST(Lower, AnOperandOfOtherParametersGoesThroughATable) {
  const IntegerGraph network = lower(quant_graph_from_text(concat_of_two));
  ASSERT_EQ(network.nodes.size(), 2U);
  // The integers of b stand for -0.5, 0, 0.5 and 1.
  EXPECT_EQ(std::get<IntegerTable>(network.nodes[0].op).table,
            (std::vector<std::int32_t>{0, 0, 0, 1}));
  EXPECT_EQ(network.nodes[1].inputs[1], network.nodes[0].outputs[0]);
  EXPECT_EQ(network.formats[index(network.nodes[1].inputs[1])],
            network.formats[index(network.nodes[1].outputs[0])]);
}

TEST(Lower, FloatIslandsSayWhy) {
  const IntegerGraph network = lower(
      quant_graph_from_text("input x: f32[1,2]\n"
                            "q = Quantize(x)\n"
                            "s = Softmax(q)\n"
                            "y = Relu(s)\n"
                            "return y\n"
                            "point q: range=[0,255] symmetric=false scale=[1] zero_point=[0]\n"));
  const std::vector<FloatIsland> islands = float_islands(network);
  ASSERT_EQ(islands.size(), 2U) << "a Quantize that lets floats in is none";
  EXPECT_EQ(islands[0].reason, "Softmax has no integer form");
  EXPECT_EQ(islands[1].reason, "operand 's' is float");
}

}  // namespace
}  // namespace vernier
