// vernier export: the network of a run folder in the form of a target.

#include "vernier/export/export.h"

#include <fmt/format.h>

#include "vernier/base/table.h"
#include "vernier/cli/options.h"
#include "vernier/experiment/stored_run.h"

namespace vernier {

int run_export_command(const Arguments& given) {
  std::string run;
  std::vector<std::string> targets;
  std::string folder;
  parse({"vernier export",
         "Writes the quantized network of a run folder in the form of a target. Every file is read "
         "back and checked before it stays.",
         {
             {"run", &run, "a run folder that `vernier ptq` made", true},
             {"--to", &targets, "a name of `vernier list exporters`; may be repeated", true},
             {"--out", &folder, "where the files go (default: the run folder)"},
         },
         "examples:\n"
         "  vernier export runs/resnet20-onnxruntime --to onnx-qdq\n"
         "  vernier export runs/resnet20-tensorrt --to onnx-qdq --to tensorrt-ranges --out deploy"},
        given);

  for (const std::string& target : targets) find(exporters(), target, "exporter");
  const StoredRun stored = load_run(run);
  const std::filesystem::path out = folder.empty() ? run : folder;
  std::filesystem::create_directories(out);
  for (const std::string& target : targets) {
    const Exporter& exporter = find(exporters(), target, "exporter");
    exporter.write({stored.network.float_graph, stored.network.model, stored.network.integers},
                   out / exporter.file);
    fmt::print("written: {}\n", (out / exporter.file).string());
  }
  return status_done;
}

}  // namespace vernier
