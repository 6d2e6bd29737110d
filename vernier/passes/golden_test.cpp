// Runs every file of tests/golden/passes:
//
//   # what it shows
//   pass NAME [NAME ...]
//   profile NAME, or profile FIELD=VALUE ...
//   before
//     text form (ir/text.h)
//   after
//     text form
//
// The passes must turn `before` into `after`, must leave `after` as it is, and both graphs must
// compute the same. VERNIER_UPDATE_GOLDEN=1 rewrites what stands behind `after`.

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <gtest/gtest.h>

#include "vernier/base/files.h"
#include "vernier/base/random.h"
#include "vernier/base/table.h"
#include "vernier/ir/text.h"
#include "vernier/passes/pass.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

void read(std::string_view word, int& value) {
  std::from_chars(word.data(), word.data() + word.size(), value);
}
void read(std::string_view word, bool& value) { value = word == "true"; }
template <typename Enum>
  requires std::is_enum_v<Enum>
void read(std::string_view word, Enum& value) {
  value = enum_from_name<Enum>(word).value();
}

Profile profile_from(const std::vector<std::string>& words) {
  Profile profile;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) return find(profiles(), word, "profile");
    bool known = false;
    profile_fields(profile, [&](std::string_view name, auto& value) {
      if (name != word.substr(0, equals)) return;
      read(std::string_view(word).substr(equals + 1), value);
      known = true;
    });
    if (!known) fail("a profile has no field '{}'", word);
  }
  return profile;
}

struct Golden {
  std::vector<std::string> passes;
  Profile profile;
  std::string head;  // all up to the line `after`
  std::string before;
  std::string after;
};

Golden parse(const std::string& text) {
  Golden golden;
  std::string* section = nullptr;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line == "before") section = &golden.before;
    if (section != &golden.after) golden.head += line + '\n';
    if (line == "after") section = &golden.after;
    std::istringstream stream(line);
    std::string key;
    stream >> key;
    const std::vector<std::string> words{std::istream_iterator<std::string>(stream), {}};
    if (line.starts_with("pass ")) golden.passes = words;
    if (line.starts_with("profile ")) golden.profile = profile_from(words);
    // Lines of other parts are left empty, so that an Error names the line of the file.
    for (std::string* part : {&golden.before, &golden.after}) {
      *part += part == section && line != "before" && line != "after" ? line + '\n' : "\n";
    }
  }
  return golden;
}

std::string indented(const std::string& text) {
  std::string result;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) result += "  " + line + '\n';
  return result;
}

void run_passes(QuantGraph& model, const Golden& golden) {
  for (const std::string& name : golden.passes) {
    find(passes(), name, "pass").run(model, golden.profile);
    verify(model);
  }
}

std::vector<Tensor> random_inputs(const Graph& graph) {
  Random random(1);
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) {
    inputs.emplace_back(graph[id].dtype, graph[id].shape);
    if (graph[id].dtype != DType::f32) continue;
    for (float& x : inputs.back().edit<float>()) x = static_cast<float>(random.normal());
  }
  return inputs;
}

void expect_same_results(const Graph& before, const Graph& after) {
  const auto inputs = random_inputs(before);
  const auto left = evaluate(before, inputs);
  const auto right = evaluate(after, inputs);
  ASSERT_EQ(before.outputs.size(), after.outputs.size());
  for (std::size_t i = 0; i < before.outputs.size(); ++i) {
    EXPECT_EQ(before[before.outputs[i]].name, after[after.outputs[i]].name);
    const Tensor& expected = left[index(before.outputs[i])];
    const Tensor& found = right[index(after.outputs[i])];
    ASSERT_EQ(expected.shape(), found.shape());
    ASSERT_EQ(expected.dtype(), found.dtype());
    if (expected.dtype() != DType::f32) {
      EXPECT_EQ(expected, found);
      continue;
    }
    for (std::size_t k = 0; k < expected.view<float>().size(); ++k) {
      const float y = expected.view<float>()[k];
      if (found.view<float>()[k] == y) continue;  // infinities too
      EXPECT_NEAR(found.view<float>()[k], y, 1e-5F * (1.0F + std::abs(y)))
          << after[after.outputs[i]].name << " element " << k;
    }
  }
}

class PassGolden : public testing::TestWithParam<fs::path> {};

TEST_P(PassGolden, TurnsBeforeIntoAfter) {
  const Golden golden = parse(read_text(GetParam()));
  const QuantGraph before = quant_graph_from_text(golden.before, GetParam().string());
  QuantGraph model = before;
  run_passes(model, golden);
  const std::string found = to_text(model);
  if (std::getenv("VERNIER_UPDATE_GOLDEN") != nullptr) {
    write_text(GetParam(), golden.head + indented(found));
  } else {
    EXPECT_EQ(found, to_text(quant_graph_from_text(golden.after, GetParam().string())));
  }
  expect_same_results(before.graph, model.graph);

  if (golden.passes.size() > 1) return;
  run_passes(model, golden);
  EXPECT_EQ(to_text(model), found) << "a pass run twice must change nothing more";
}

// Names of the values whose statistics decide the points of activations.
std::vector<std::string> observed_names(const QuantGraph& model) {
  const auto producer = producers(model.graph);
  std::vector<std::string> names;
  for (const auto& [id, point] : model.points) {
    if (model.graph[id].constant) continue;
    const auto node = producer[index(id)];
    const bool copy = node && std::holds_alternative<Quantize>(model.graph[*node].op);
    names.push_back(model.graph[copy ? model.graph[*node].inputs[0] : id].name);
  }
  return names;
}

TEST_P(PassGolden, BuiltInProfilesShareOneCanonicalGraph) {
  const Graph graph = quant_graph_from_text(parse(read_text(GetParam())).before).graph;
  for (const Profile& profile : profiles())
    EXPECT_EQ(to_text(canonical(graph, profile)), to_text(canonical(graph))) << profile.name;
}

TEST_P(PassGolden, EveryProfileComputesTheSameUnderTheNamesOfItsCanonicalGraph) {
  const QuantGraph before = quant_graph_from_text(parse(read_text(GetParam())).before);
  std::vector<Profile> all(profiles().begin(), profiles().end());
  all.push_back({.name = "all apart", .fold_batch_norm = false, .fuse_activation = false});
  for (const Profile& profile : all) {
    SCOPED_TRACE(profile.name);
    const Graph canonical_graph = canonical(before.graph, profile);
    expect_same_results(before.graph, canonical_graph);
    const QuantGraph model = prepare(before.graph, profile);
    expect_same_results(before.graph, model.graph);
    for (const std::string& name : observed_names(model)) {
      EXPECT_TRUE(find_value_if_any(canonical_graph, name)) << name << " has no statistics";
    }
  }
}

std::vector<fs::path> golden_files() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(VERNIER_SOURCE_DIR "/tests/golden/passes")) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

INSTANTIATE_TEST_SUITE_P(Files, PassGolden, testing::ValuesIn(golden_files()),
                         [](const auto& file) { return file.param.stem().string(); });

}  // namespace
}  // namespace vernier
