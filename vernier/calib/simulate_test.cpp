#include "vernier/calib/simulate.h"

#include <gtest/gtest.h>

#include "vernier/ir/text.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

QuantGraph model() {
  return quant_graph_from_text(
      "any_batch\n"
      "input x: f32[1,1,1,3]\n"
      "const w: f32[1,1,1,1] = [0.3]\n"
      "const b: f32[1] = [0.07]\n"
      "y = Conv(x, w, b)\n"
      "return y\n"
      "point x: range=[0,255] symmetric=false scale=[0.1] zero_point=[10]\n"
      "point w: range=[-127,127] scale=[0.25] zero_point=[0]\n"
      "point y: range=[0,255] symmetric=false scale=[0.2] zero_point=[3]\n");
}

TEST(Simulate, PutsEveryOperandOnItsGrid) {
  const QuantGraph quantized = model();
  const Simulation simulation = simulate(quantized);
  EXPECT_EQ(simulation.graph[find_value(simulation.graph, "w")].constant->view<float>()[0], 0.25F);
  EXPECT_FLOAT_EQ(simulation.graph[find_value(simulation.graph, "b")].constant->view<float>()[0],
                  0.075F)
      << "a multiple of 0.1 * 0.25";
  Session session(simulation.graph, {.tapped = simulation.tapped});
  const Tensor input = Tensor::of<float>({1, 1, 1, 3}, std::vector<float>{0.0F, 1.24F, 99.0F});
  session.run({&input, 1}, simulation.tap);
  const Tensor result = session.output(0);
  const auto output = result.view<float>();
  const QuantPoint& y = quantized.points.at(find_value(quantized.graph, "y"));
  const float x[] = {0.0F, 0.1F * 12.0F, 0.1F * 245.0F};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(output[i],
              dequantize(quantize(x[i] * 0.25F + 0.075F, y.params[0], y.spec), y.params[0]))
        << i;
  }
}

}  // namespace
}  // namespace vernier
