// The float executor on real networks: the files of VERNIER_DATA (models/onnx) and the repository's
// own, as they are read and as calibration sees them.

#include <cstdlib>
#include <filesystem>

#include <gtest/gtest.h>

#include "vernier/compute/session.h"
#include "vernier/compute/test_graphs.h"
#include "vernier/import/import.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

// Orders of summation differ, and a hundred layers add it up: ONNX Runtime is as far from the
// reference on YOLOX-Nano, the worst of them, as the session is (1e-4).
constexpr double deep_tolerance = 2e-4;

std::vector<fs::path> network_files() {
  const char* data = std::getenv("VERNIER_DATA");
  const fs::path source = VERNIER_SOURCE_DIR;
  const fs::path root = data != nullptr ? fs::path(data) : source / "../shared/data";
  std::vector<fs::path> files = {source / "models/fashion_mnist.onnx"};
  if (!fs::exists(root / "models/onnx")) return files;
  for (const auto& entry : fs::directory_iterator(root / "models/onnx")) {
    if (entry.path().extension() == ".onnx") files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

struct Network {
  std::string name;
  Graph graph;
};

// Each network twice.
std::vector<Network> networks() {
  std::vector<Network> result;
  for (const fs::path& file : network_files()) {
    Graph graph = import_model(file);
    result.push_back({file.filename().string(), graph});
    result.push_back({file.filename().string() + ", canonical", canonical(std::move(graph))});
  }
  return result;
}

class FloatNetworks : public testing::Test {
 protected:
  void SetUp() override {
    if (network_files().size() == 1) GTEST_SKIP() << "no networks: set VERNIER_DATA";
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
