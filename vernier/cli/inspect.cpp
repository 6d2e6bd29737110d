// vernier inspect: a model as a table or as exact text, prepared for a profile or not; a run's
// quantization points, and the error of each point and layer.

#include <filesystem>

#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/cli/console.h"
#include "vernier/cli/inspect_tables.h"
#include "vernier/cli/options.h"
#include "vernier/experiment/config.h"
#include "vernier/experiment/stored_run.h"
#include "vernier/import/import.h"
#include "vernier/ir/text.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

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

struct InspectArguments {
  std::string input;
  bool text = false;
  bool json = false;
  std::int64_t longest = -1;
  std::int64_t images = examined_images;
};

/// Progress alone: what is printed may be read by a program.
RunLog quiet_log() {
  RunLog log = console_log({});
  log.line = [](const std::string&) {};
  return log;
}

void show_run(const InspectArguments& arguments) {
  const StoredRun run = load_run(arguments.input);
  if (!arguments.json) show(run.network.model, arguments.text, arguments.longest);
  if (arguments.text || arguments.images == 0) return;
  const NetworkTruth truth =
      examine_run(run.experiment, run.network, arguments.images, quiet_log());
  fmt::print("{}{}", arguments.json ? "" : "\n",
             arguments.json ? truth_json(truth) : truth_table(truth));
}

}  // namespace

int run_inspect_command(const Arguments& given) {
  std::string profile;
  InspectArguments arguments;
  std::map<std::string, Shape> shapes;
  parse({"vernier inspect",
         "Shows a graph: its nodes, or its exact text; of a run, the quantization points too, and "
         "what each point and each layer costs.",
         {
             {"input", &arguments.input, "a model, or a run folder", true},
             {"--text", &arguments.text,
              "the exact text form, which vernier reads back: the best attachment of a bug report"},
             {"--longest-constant", &arguments.longest,
              "with --text: leave out the elements of longer constants"},
             {"--profile", &profile,
              "prepare the model for this profile and show where its quantization points stand"},
             {"--images", &arguments.images,
              "of a run: so many calibration images tell the error of points and layers (0: none)"},
             {"--json", &arguments.json, "of a run: the errors of points and layers as JSON"},
             shape_option(shapes),
             threads_option(),
         },
         "examples:\n"
         "  vernier inspect model.onnx --text > model.txt\n"
         "  vernier inspect runs/resnet20-openvino\n"
         "  vernier inspect runs/resnet20-openvino --json > layers.json"},
        given);

  if (std::filesystem::is_directory(arguments.input)) {
    show_run(arguments);
    return status_done;
  }
  const Graph graph = import_model(arguments.input, {.shapes = shapes});
  if (profile.empty()) {
    show(graph, arguments.text, arguments.longest);
  } else {
    show(prepare(graph, load_profile(profile)), arguments.text, arguments.longest);
  }
  return status_done;
}

}  // namespace vernier
