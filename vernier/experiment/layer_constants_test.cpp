#include "vernier/experiment/layer_constants.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

// Both layers read the bias b, and so does the normalization.
Graph graph() {
  return from_text(
      "any_batch\n"
      "input x: f32[1,1,2,2]\n"
      "const w: f32[1,1,1,1] = [2]\n"
      "const v: f32[1,1,1,1] = [3]\n"
      "const b: f32[1] = [0]\n"
      "const variance: f32[1] = [1]\n"
      "y = Conv(x, w, b)\n"
      "z = Conv(y, v, b)\n"
      "n = BatchNormalization(z, b, b, b, variance)\n"
      "return n\n");
}

QuantGraph changed() {
  QuantGraph model{.graph = graph(), .points = {}, .arithmetic = {}};
  Graph& result = model.graph;
  own_constant(result, result.nodes[0], 1).edit<float>()[0] = 2.5F;
  own_constant(result, result.nodes[1], 2).edit<float>()[0] = -1.0F;
  own_constant(result, result.nodes[2], 3).edit<float>()[0] = 0.25F;
  own_constant(result, result.nodes[2], 4).edit<float>()[0] = 4.0F;
  return model;
}

TEST(LayerConstants, MakeTheSameGraphAgain) {
  Graph again = graph();
  apply_layer_constants(again, layer_constants(graph(), changed()), "layers.bin");
  EXPECT_EQ(to_text(again), to_text(changed().graph));
}

TEST(LayerConstants, OfAnUnchangedGraphChangeNothing) {
  Graph again = graph();
  apply_layer_constants(again, layer_constants(graph(), {graph(), {}, {}}), "layers.bin");
  EXPECT_EQ(to_text(again), to_text(graph()));
}

/// The changed graph, whose first weight is so many steps of its grid.
QuantGraph on_a_grid(float scale, float steps) {
  QuantGraph model = changed();
  const ValueId weight = model.graph.nodes[0].inputs[1];
  model.graph[weight].constant->edit<float>()[0] = scale * steps;
  model.points[weight] = {.leader = weight, .params = {{.scale = scale, .zero_point = 0}}};
  return model;
}

TEST(LayerConstants, OnAGridOrBesideItAreTheSameToTheLastBit) {
  for (const float scale : {0.1F, 0x1p-126F, 0x1p100F}) {
    for (const float steps : {-129.0F, -128.0F, -127.0F, -0.0F, 0.0F, 0.5F, 3.0F, 127.0F, 1e6F}) {
      const QuantGraph model = on_a_grid(scale, steps);
      Graph again = graph();
      apply_layer_constants(again, layer_constants(graph(), model), "layers.bin");
      EXPECT_TRUE(std::ranges::equal(again[again.nodes[0].inputs[1]].constant->bytes(),
                                     model.graph[again.nodes[0].inputs[1]].constant->bytes()))
          << steps << " steps of " << scale;
    }
  }
}

TEST(LayerConstants, OnAGridTakeAByte) {
  const auto bytes = [](float steps) {
    return std::ssize(layer_constants(graph(), on_a_grid(0.1F, steps)));
  };
  // The step, its scale, and the lengths of both, instead of a float and its length.
  EXPECT_EQ(bytes(3.0F) - bytes(3.5F), 1 + 4 + 2 * 8 - (4 + 8));
}

/// A file of the weight of layer 'y' alone, which begins with a form: 1 is steps.
std::vector<std::byte> file_of(std::uint8_t form, std::span<const float> scales,
                               std::span<const std::int8_t> steps) {
  ByteWriter writer;
  writer.number(std::uint64_t{1});
  writer.text("y");
  writer.number(std::uint8_t{1});
  writer.number(form);
  writer.numbers(scales);
  writer.numbers(steps);
  return frame(0x434C5256, 2, writer.bytes());
}

TEST(LayerConstants, OfNoRowsOrAnotherFormAreAnError) {
  const std::array scales = {1.5F, 2.0F};
  const std::array steps = {std::int8_t{3}};
  const auto apply = [&](std::uint8_t form, std::size_t rows) {
    Graph again = graph();
    apply_layer_constants(again, file_of(form, std::span(scales).first(rows), steps), "layers.bin");
    return again[again.nodes[0].inputs[1]].constant->view<float>()[0];
  };
  EXPECT_EQ(apply(1, 1), 4.5F);
  EXPECT_THROW(apply(1, 0), Error);
  EXPECT_THROW(apply(1, 2), Error);
  EXPECT_THROW(apply(2, 1), Error);
}

TEST(LayerConstants, OnAGridHaveAScaleForEachRow) {
  const Graph before = from_text(
      "any_batch\n"
      "input x: f32[1,3,2,2]\n"
      "const w: f32[2,3,1,1] = [1, 2, 3, 4, 5, 6]\n"
      "const b: f32[2] = [0, 0]\n"
      "y = Conv(x, w, b)\n"
      "return y\n");
  QuantGraph after{.graph = before, .points = {}, .arithmetic = {}};
  const ValueId weight = after.graph.nodes[0].inputs[1];
  const std::array scales = {0.5F, 0.1F};
  const std::array<std::int8_t, 6> steps = {1, -2, 127, 3, 0, -128};
  const std::span<float> elements =
      own_constant(after.graph, after.graph.nodes[0], 1).edit<float>();
  for (std::size_t i = 0; i < steps.size(); ++i)
    elements[i] = scales[i / 3] * static_cast<float>(steps[i]);
  after.points[weight] = {.leader = weight, .params = {{scales[0], 0}, {scales[1], 0}}};
  const std::vector<std::byte> file = layer_constants(before, after);
  EXPECT_EQ(file, file_of(1, scales, steps));
  Graph again = before;
  apply_layer_constants(again, file, "layers.bin");
  EXPECT_EQ(to_text(again), to_text(after.graph));
}

TEST(LayerConstants, WithAnyByteChangedAreAnError) {
  const std::vector<std::byte> whole = layer_constants(graph(), on_a_grid(0.1F, 3.0F));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::vector<std::byte> damaged = whole;
    damaged[i] ^= std::byte{0x10};
    Graph again = graph();
    EXPECT_THROW(apply_layer_constants(again, damaged, "layers.bin"), Error) << "byte " << i;
    EXPECT_THROW(apply_layer_constants(again, std::span(whole).first(i), "layers.bin"), Error)
        << "the first " << i << " bytes";
  }
}

TEST(LayerConstants, OfAnotherModelNameTheLayer) {
  Graph other = graph();
  other.nodes[1].name = "other";
  try {
    apply_layer_constants(other, layer_constants(graph(), changed()), "layers.bin");
    FAIL() << "a layer that is not there was accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "layers.bin: the model has no layer 'z'; quantize again");
  }
}

}  // namespace
}  // namespace vernier
