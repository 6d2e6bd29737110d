// vernier zoo: a known architecture and a checkpoint of its parameters become an ONNX file.

#include "vernier/zoo/zoo.h"

#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/base/table.h"
#include "vernier/cli/options.h"
#include "vernier/export/onnx.h"
#include "vernier/zoo/checkpoint.h"

namespace vernier {

int run_zoo_command(const Arguments& given) {
  std::string name;
  std::string weights;
  std::string output;
  std::uint64_t seed = 0;
  parse({"vernier zoo",
         "Builds a known architecture and writes it as ONNX.",
         {
             {"name", &name, "the architecture; without one, all are listed"},
             {"--weights", &weights, "a PyTorch checkpoint (default: random weights)"},
             {"-o,--output", &output, "the file to write (default: NAME.onnx)"},
             {"--seed", &seed, "of the random weights"},
         },
         "examples:\n"
         "  vernier zoo efficientnet_lite0 --weights efficientnet-lite0.pth\n"
         "  vernier zoo resnet50 --seed 1 -o random50.onnx"},
        given);

  if (name.empty()) {
    for (const Architecture& each : architectures())
      fmt::print("{:<20} {}\n", each.name, each.help);
    return status_done;
  }
  const Architecture& architecture = find(architectures(), name, "architecture");
  Network network = build_network(architecture, seed);
  if (!weights.empty()) load_checkpoint(network, read_torch_checkpoint(weights));
  if (output.empty()) output = name + ".onnx";
  export_onnx(network.graph, output);
  fmt::print(
      "{}: {}, {}\n", output, name,
      weights.empty() ? fmt::format("random weights, seed {}", seed) : "weights of " + weights);
  return status_done;
}

}  // namespace vernier
