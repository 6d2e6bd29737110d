#include "vernier/passes/pass.h"

#include <array>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/ir/operator_samples.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

Graph block() {
  return from_text(
      "input x: f32[1,1,2,2]\n"
      "const w: f32[1,1,1,1] = [2]\n"
      "const b: f32[1] = [1]\n"
      "y = Conv(x, w, b)\n"
      "z = Add(y, x)\n"
      "r = Relu(z)\n"
      "s = Sigmoid(r)\n"
      "return s\n");
}

std::string error_of(auto body) {
  try {
    body();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Pass, ASkippedPassDoesNotRun) {
  const Profile profile{.placement = Placement::fused_add};
  const std::array skipped = {std::string("fuse_residual")};
  EXPECT_EQ(prepare(block(), profile).graph.nodes.size(), 2U);
  EXPECT_EQ(prepare(block(), profile, skipped).graph.nodes.size(), 3U);
}

TEST(Pass, ASkippedPassMustExist) {
  const std::array skipped = {std::string("fold_everything")};
  const std::string message = error_of([&] { prepare(block(), Profile{}, skipped); });
  EXPECT_NE(message.find("unknown pass 'fold_everything'; known: simplify"), std::string::npos)
      << message;
}

TEST(Pass, AnErrorNamesThePassAndTheNode) {
  const Graph graph = from_text(
      "input x: f32[2]\n"
      "const data: f32[2] = [1 2]\n"
      "const place: i64[2] = [7 0]\n"
      "c = Gather(data, place)  # name: pick\n"
      "y = Add(x, c)\n"
      "return y\n");
  const std::string message = error_of([&] { prepare(graph, Profile{}); });
  EXPECT_EQ(message.find("pass 'simplify': node 'pick': "), 0U) << message;
}

TEST(Pass, EveryOperatorGoesThroughEveryPassOfEveryProfile) {
  for (const Profile& profile : profiles()) {
    const QuantGraph model = prepare(graph_of_samples(), profile);
    EXPECT_EQ(model.graph.outputs.size(), graph_of_samples().outputs.size()) << profile.name;
    EXPECT_EQ(model.arithmetic.requantization, profile.requantization) << profile.name;
  }
}

TEST(Pass, AHugeConstantIsNotComputed) {
  const Graph graph = from_text(
      "input x: f32[1]\n"
      "const a: f32[1] = [0]\n"
      "huge = Expand(a) shape=[1024,1024,1024]\n"
      "y = Add(x, huge)\n"
      "return y\n");
  const Graph result = canonical(graph);
  EXPECT_FALSE(result[find_value(result, "huge")].constant) << "4 GB from one number";
}

}  // namespace
}  // namespace vernier
