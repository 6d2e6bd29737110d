// The float executor on real networks: the files of VERNIER_DATA (models/onnx) and the repository's
// own, as they are read and as calibration sees them.

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

// Orders of summation differ, and a hundred layers add it up: ONNX Runtime is as far from the
// reference on YOLOX-Nano, the worst of them, as the session is (1e-4).
constexpr double deep_tolerance = 2e-4;

// The files of VERNIER_DATA and the repository's own.
std::vector<fs::path> files_of_networks() {
  std::vector<fs::path> files = network_files();
  files.emplace_back(VERNIER_SOURCE_DIR "/models/fashion_mnist.onnx");
  return files;
}

struct Network {
  std::string name;
  Graph graph;
};

// Each network twice.
std::vector<Network> networks() {
  std::vector<Network> result;
  for (const fs::path& file : files_of_networks()) {
    Graph graph = import_model(file);
    result.push_back({file.filename().string(), graph});
    result.push_back({file.filename().string() + ", canonical", canonical(std::move(graph))});
  }
  return result;
}

class FloatNetworks : public testing::Test {
 protected:
  void SetUp() override {
    if (network_files().empty()) GTEST_SKIP() << "no networks: set VERNIER_DATA";
  }
};

TEST_F(FloatNetworks, AgreeWithTheReference) {
  Random random(1);
  for (const auto& [name, graph] : networks())
    expect_like_reference(graph, random, name, deep_tolerance);
}

// oneDNN's reference loops are hundreds of times slower than its kernels; where it has no other,
// ours run.
TEST_F(FloatNetworks, NeverRunReferenceLoopsOfOnednn) {
  for (const auto& [name, graph] : networks()) {
    for (const std::int64_t batch : {1, 8}) {
      if (batch > 1 && !graph.any_batch) continue;
      for (const auto& [node, implementation] : Session(graph, {.batch = batch}).steps()) {
        EXPECT_FALSE(implementation.starts_with("ref"))
            << name << ": " << node << " runs " << implementation;
      }
    }
  }
}

TEST_F(FloatNetworks, ReuseMemory) {
  for (const auto& [name, graph] : networks()) {
    const std::int64_t reused = Session(graph, {}).activation_bytes();
    const std::int64_t kept = Session(graph, {.keep_values = true}).activation_bytes();
    EXPECT_LT(2 * reused, kept) << name;
  }
}

}  // namespace
}  // namespace vernier
