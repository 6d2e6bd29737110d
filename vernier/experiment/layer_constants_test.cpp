#include "vernier/experiment/layer_constants.h"

#include <gtest/gtest.h>

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

Graph changed() {
  Graph result = graph();
  own_constant(result, result.nodes[0], 1).edit<float>()[0] = 2.5F;
  own_constant(result, result.nodes[1], 2).edit<float>()[0] = -1.0F;
  own_constant(result, result.nodes[2], 3).edit<float>()[0] = 0.25F;
  own_constant(result, result.nodes[2], 4).edit<float>()[0] = 4.0F;
  return result;
}

TEST(LayerConstants, MakeTheSameGraphAgain) {
  Graph again = graph();
  apply_layer_constants(again, layer_constants(graph(), changed()), "layers.bin");
  EXPECT_EQ(to_text(again), to_text(changed()));
}

TEST(LayerConstants, OfAnUnchangedGraphChangeNothing) {
  Graph again = graph();
  apply_layer_constants(again, layer_constants(graph(), graph()), "layers.bin");
  EXPECT_EQ(to_text(again), to_text(graph()));
}

TEST(LayerConstants, WithAnyByteChangedAreAnError) {
  const std::vector<std::byte> whole = layer_constants(graph(), changed());
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
