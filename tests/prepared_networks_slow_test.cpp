// What the passes make of real networks: for every built-in profile, nothing is left unfused, the
// points are where the placement wants them, and the floats stay the same.

#include <filesystem>

#include <gtest/gtest.h>

#include "vernier/compute/session.h"
#include "vernier/compute/test_graphs.h"
#include "vernier/import/import.h"
#include "vernier/passes/pass.h"

#include "tests/network_files.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

class PreparedNetworks : public testing::TestWithParam<fs::path> {
 protected:
  void SetUp() override {
    if (GetParam().empty()) GTEST_SKIP() << "no networks: set VERNIER_DATA";
    graph_ = import_model(GetParam());
  }
  Graph graph_;
};

bool is_layer_with_weight(const Graph& graph, const Node& node) {
  return is_one_of<Conv, ConvTranspose, Gemm>(node.op) && graph[node.inputs[1]].constant;
}

bool has_point(const QuantGraph& model, ValueId id) {
  return find_point_if_any(model, id) != nullptr;
}

bool any_point(const QuantGraph& model, const std::vector<ValueId>& ids) {
  return std::ranges::any_of(ids, [&](ValueId id) { return has_point(model, id); });
}

// A convolution without clamp, one operand of a sum and nothing else: it could have formed the sum.
bool reads_fusable_sum(const Graph& graph, const Node& add) {
  const auto producer = producers(graph);
  return std::ranges::any_of(add.inputs, [&](ValueId id) {
    if (!producer[index(id)] || !used_once(graph, id)) return false;
    const auto* conv = std::get_if<Conv>(&graph[*producer[index(id)]].op);
    return conv != nullptr && conv->activation == Activation{};
  });
}

TEST_P(PreparedNetworks, HaveNothingLeftToFuse) {
  for (const Profile& profile : profiles()) {
    const QuantGraph model = prepare(graph_, profile);
    for (const Node& node : model.graph.nodes) {
      const std::string place = profile.name + ": " + node.name;
      EXPECT_FALSE(std::holds_alternative<Identity>(node.op)) << place;
      if (profile.fold_batch_norm) {
        EXPECT_FALSE(std::holds_alternative<BatchNormalization>(node.op)) << place;
      }
      if (profile.fuse_activation) {
        EXPECT_FALSE((is_one_of<Relu, Clip>(node.op))) << place;
      }
      if (profile.placement == Placement::fused_add && std::holds_alternative<Add>(node.op)) {
        EXPECT_FALSE(reads_fusable_sum(model.graph, node)) << place;
      }
    }
  }
}

TEST_P(PreparedNetworks, HaveLayersThatReadIntegersAndResultsInFloat) {
  for (const Profile& profile : profiles()) {
    const QuantGraph model = prepare(graph_, profile);
    for (const Node& node : model.graph.nodes) {
      if (!is_layer_with_weight(model.graph, node)) continue;
      EXPECT_TRUE(has_point(model, node.inputs[0])) << profile.name << ": input of " << node.name;
      EXPECT_TRUE(has_point(model, node.inputs[1])) << profile.name << ": weight of " << node.name;
    }
    EXPECT_EQ(any_point(model, model.graph.outputs), profile.quantize_outputs) << profile.name;
  }
}

TEST_P(PreparedNetworks, PlaceOnlyWhatLayersReadInGraphOne) {
  for (const Profile& profile : profiles()) {
    if (profile.placement != Placement::layer_inputs) continue;
    const QuantGraph model = prepare(graph_, profile);
    const auto readers = consumers(model.graph);
    for (const auto& [id, point] : model.points) {
      for (const NodeId reader : readers[index(id)]) {
        EXPECT_TRUE(is_layer_with_weight(model.graph, model.graph[reader]))
            << profile.name << ": " << model.graph[reader].name << " reads integers";
      }
    }
  }
}

// No value comes back into the integers once it has left them, for these networks have no operator
// in their middle that must run in float.
TEST_P(PreparedNetworks, LeaveTheIntegersOnce) {
  for (const Profile& profile : profiles()) {
    if (profile.placement == Placement::layer_inputs) continue;
    const QuantGraph model = prepare(graph_, profile);
    for (const Node& node : model.graph.nodes) {
      if (!any_point(model, node.outputs)) continue;
      EXPECT_TRUE(has_point(model, node.inputs[0]))
          << profile.name << ": " << node.name << " reads floats";
    }
  }
}

// The statistics of all profiles are collected once, on the canonical graph.
TEST_P(PreparedNetworks, ObserveOnlyValuesOfTheCanonicalGraph) {
  const Graph collected = canonical(graph_);
  for (const Profile& profile : profiles()) {
    const QuantGraph model = prepare(graph_, profile);
    const auto producer = producers(model.graph);
    for (const auto& [id, point] : model.points) {
      if (!point.observed || model.graph[id].constant) continue;
      const auto node = producer[index(id)];
      const bool copy = node && std::holds_alternative<Quantize>(model.graph[*node].op);
      const Value& value = model.graph[copy ? model.graph[*node].inputs[0] : id];
      EXPECT_TRUE(find_value_if_any(collected, value.name)) << profile.name << ": " << value.name;
    }
  }
}

TEST_P(PreparedNetworks, ComputeTheSameInFloat) {
  Random random(1);
  const std::vector<Tensor> inputs = random_inputs(graph_, random);
  Session imported(graph_, {});
  imported.run(inputs);
  for (const Profile& profile : profiles()) {
    Session prepared(prepare(graph_, profile).graph, {});
    prepared.run(inputs);
    for (std::size_t i = 0; i < graph_.outputs.size(); ++i) {
      EXPECT_LE(relative_difference(prepared.output(i), imported.output(i)), 2 * tolerance)
          << profile.name << ", output " << i;
    }
  }
}

// One empty path where there are no networks: a test that says that it was skipped.
std::vector<fs::path> files_or_none() {
  const auto files = network_files();
  return files.empty() ? std::vector<fs::path>(1) : files;
}

std::string test_name(const testing::TestParamInfo<fs::path>& file) {
  std::string name = file.param.empty() ? "none" : file.param.stem().string();
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, PreparedNetworks, testing::ValuesIn(files_or_none()), test_name);

}  // namespace
}  // namespace vernier
