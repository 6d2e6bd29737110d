// vernier inspect: a model as a table or as exact text, prepared for a profile or not; a run's
// quantization points.

#include <filesystem>

#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/cli/inspect_tables.h"
#include "vernier/cli/options.h"
#include "vernier/experiment/config.h"
#include "vernier/experiment/prepare_run.h"
#include "vernier/experiment/run_folder.h"
#include "vernier/import/import.h"
#include "vernier/ir/text.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

QuantGraph load_run(const std::filesystem::path& folder) {
  Experiment experiment;
  apply_file(experiment, folder / "config.yaml");
  const Profile profile = adjusted(load_profile(experiment.profile), experiment);
  return with_qparams(prepare_experiment(import_runnable(experiment), profile, experiment),
                      folder / "qparams.json");
}

void show(const QuantGraph& model, bool text, std::int64_t longest) {
  if (text) {
    fmt::print("{}", to_text(model, {.longest_constant = longest}));
    return;
  }
  fmt::print("{}\n{}", node_table(model.graph), point_table(model));
}

void show(const Graph& graph, bool text, std::int64_t longest) {
  fmt::print("{}", text ? to_text(graph, {.longest_constant = longest}) : node_table(graph));
  const std::string unknown = foreign_operators(graph);
  if (!unknown.empty()) fmt::print("operators that cannot be run: {}\n", unknown);
}

}  // namespace

int run_inspect_command(const Arguments& given) {
  std::string input;
  std::string profile;
  bool text = false;
  std::int64_t longest = -1;
  std::map<std::string, Shape> shapes;
  parse({"vernier inspect",
         "Shows a graph: its nodes, or its exact text; of a run, the quantization points too.",
         {
             {"input", &input, "a model, or a run folder", true},
             {"--text", &text,
              "the exact text form, which vernier reads back: the best attachment of a bug report"},
             {"--longest-constant", &longest,
              "with --text: leave out the elements of longer constants"},
             {"--profile", &profile,
              "prepare the model for this profile and show where its quantization points stand"},
             shape_option(shapes),
         },
         "examples:\n"
         "  vernier inspect model.onnx --text > model.txt\n"
         "  vernier inspect runs/resnet20-openvino"},
        given);

  if (std::filesystem::is_directory(input)) {
    show(load_run(input), text, longest);
    return status_done;
  }
  const Graph graph = import_model(input, {.shapes = shapes});
  if (profile.empty()) {
    show(graph, text, longest);
  } else {
    show(prepare(graph, load_profile(profile)), text, longest);
  }
  return status_done;
}

}  // namespace vernier
