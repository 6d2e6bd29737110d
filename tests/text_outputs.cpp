// text_outputs TEXT INPUT.npy FOLDER: runs a quantized network in the text form and writes its
// outputs as FOLDER/0.npy, 1.npy, ... Exact and deployed must agree on every instruction set.

#include <cstdio>
#include <cstring>
#include <memory>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/data/npy.h"
#include "vernier/engine/engine.h"
#include "vernier/export/engine_plan.h"
#include "vernier/ir/text.h"
#include "vernier/reference/exact.h"

namespace vernier {
namespace {

void expect_equal(const Tensor& expected, const Tensor& found, std::string_view what) {
  if (expected.shape() != found.shape() ||
      std::memcmp(expected.bytes().data(), found.bytes().data(), expected.bytes().size()) != 0) {
    fail("exact and deployed differ in {}", what);
  }
}

void run(const std::filesystem::path& text, const std::filesystem::path& input,
         const std::filesystem::path& folder) {
  const IntegerGraph network = lower(quant_graph_from_text(read_text(text), text.string()));
  for (const FloatIsland& island : float_islands(network))
    fmt::print("float: {} {}: {}\n", island.type, island.node, island.reason);
  const std::vector<Tensor> inputs = {read_npy(input)};
  const std::vector<Tensor> outputs = run_exact(network, inputs);
  const auto plan = std::make_shared<const Plan>(compile_plan(network));
  for (const Kernels* kernels : supported_kernels()) {
    const std::vector<Tensor> deployed = Engine(plan, {.kernels = kernels}).run(inputs);
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      const std::string& name = network.graph[network.graph.outputs[i]].name;
      expect_equal(outputs[i], deployed[i], fmt::format("{} on {}", name, kernels->isa));
    }
  }
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    NpyWriter writer(folder / fmt::format("{}.npy", i), outputs[i].shape(), DType::f32);
    writer.add(outputs[i].bytes());
    writer.close();
  }
}

}  // namespace
}  // namespace vernier

int main(int count, char** arguments) {
  if (count != 4) {
    std::fputs("usage: text_outputs TEXT INPUT.npy FOLDER\n", stderr);
    return 2;
  }
  try {
    vernier::run(arguments[1], arguments[2], arguments[3]);
  } catch (const vernier::Error& error) {
    std::fprintf(stderr, "text_outputs: %s\n", error.what());
    return 1;
  }
  return 0;
}
