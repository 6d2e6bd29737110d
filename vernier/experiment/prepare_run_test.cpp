#include "vernier/experiment/prepare_run.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "vernier/base/table.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

// b and c read the sum, which the second addition reads too.
Graph graph() {
  return from_text(
      "any_batch\n"
      "input x: f32[1,2,4,4]\n"
      "const w: f32[2,2,1,1] = [1 2 3 4]\n"
      "const z: f32[2] = [0 0]\n"
      "a = Conv(x, w, z)\n"
      "s = Add(a, x)\n"
      "b = Conv(s, w, z)\n"
      "c = Conv(s, w, z)\n"
      "d = Conv(b, w, z)\n"
      "t = Add(c, d)\n"
      "u = Add(t, s)\n"
      "return u\n");
}

QuantGraph prepared(const std::string& profile, const std::string& skipped) {
  Experiment experiment;
  if (!skipped.empty()) experiment.layers = {{.pattern = skipped, .skip = true}};
  return prepare_experiment(graph(), find(profiles(), profile, "profile"), experiment);
}

/// What a layer reads, by name.
std::string input_of(const QuantGraph& model, const std::string& layer) {
  const auto node = std::ranges::find(model.graph.nodes, layer, &Node::name);
  return model.graph[node->inputs[0]].name;
}

bool has_point(const QuantGraph& model, const std::string& value) {
  const auto id = find_value_if_any(model.graph, value);
  return id && model.points.contains(*id);
}

TEST(SkippedLayer, ReadsPastAQuantizer) {
  const QuantGraph before = prepared("acl", "");
  ASSERT_EQ(input_of(before, "b"), "s.quantized") << to_text(before);
  const QuantGraph after = prepared("acl", "b");
  EXPECT_EQ(input_of(after, "b"), "s");
  EXPECT_EQ(input_of(after, "c"), "s.quantized") << "another layer needs the integers";
}

TEST(SkippedLayer, NeedsNoQuantizerOfItsOwn) {
  const QuantGraph after = prepared("acl", "b|c");
  EXPECT_EQ(input_of(after, "b"), "s");
  EXPECT_FALSE(has_point(after, "s.quantized"));
  for (const Node& node : after.graph.nodes)
    EXPECT_FALSE(node.name == "s.quantized") << "nobody reads it";
}

TEST(SkippedLayer, ReadsTheSumsOfTheLayerBeforeIt) {
  EXPECT_TRUE(has_point(prepared("acl", ""), "b"));
  const QuantGraph after = prepared("acl", "d");
  EXPECT_FALSE(has_point(after, "b")) << to_text(after);
  EXPECT_TRUE(has_point(after, "s.quantized")) << "other layers stay in integers";
}

TEST(SkippedLayer, LeavesWhatOthersNeed) {
  const QuantGraph after = prepared("openvino", "b");
  EXPECT_TRUE(has_point(after, "s")) << to_text(after);
}

}  // namespace
}  // namespace vernier
