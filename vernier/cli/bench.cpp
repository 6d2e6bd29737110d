// vernier bench: how long a network takes, as a whole and layer by layer, and beside other
// runtimes.

#include "vernier/latency/bench.h"

#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/parallel.h"
#include "vernier/cli/options.h"
#include "vernier/experiment/config.h"
#include "vernier/experiment/version.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

struct BenchArguments {
  std::string input;
  std::string model;
  std::string against;
  int batch = 1;
  int threads = 1;
  int samples = 7;
  int milliseconds = 400;
  std::string json;
  bool no_layers = false;
  bool one_sample = false;
  std::map<std::string, Shape> shapes;
};

// The float network of a run: simplified beside it, or the one that it was made of.
fs::path float_model(const fs::path& folder) {
  if (fs::exists(folder / "model_float.onnx")) return folder / "model_float.onnx";
  Experiment experiment;
  apply_file(experiment, folder / "config.yaml");
  return experiment.model;
}

BenchFiles files_of(const BenchArguments& arguments) {
  const fs::path input = arguments.input;
  BenchFiles files;
  if (fs::is_directory(input)) {
    if (!fs::exists(input / "model.plan"))
      fail("{}: no run folder: it has no model.plan; `vernier ptq` makes one", input.string());
    files = {.plan = input / "model.plan",
             .quantized = input / "model.onnx",
             .model = float_model(input)};
    files.name = fs::absolute(input).lexically_normal().filename().string();
    if (files.name.empty()) files.name = fs::absolute(input).parent_path().filename().string();
  } else if (input.extension() == ".plan") {
    files = {.name = input.stem().string(), .plan = input};
  } else {
    files = {.name = input.stem().string(), .model = input};
  }
  if (!arguments.model.empty()) files.model = arguments.model;
  return files;
}

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  std::istringstream stream(list);
  for (std::string word; std::getline(stream, word, ',');)
    if (!word.empty()) words.push_back(word);
  return words;
}

void show_progress(int done, int most) {
  if (isatty(STDERR_FILENO) == 0) return;
  fmt::print(stderr, "\r\033[Kround {} of at most {}{}", done, most, done == most ? "\n" : "");
  std::fflush(stderr);
}

void print_one_sample(const BenchArguments& arguments) {
  TimeSample sample = take_sample(
      arguments.input,
      {.batch = arguments.batch, .threads = arguments.threads, .shapes = arguments.shapes},
      1e-3 * arguments.milliseconds);
  sample.version = version;
  fmt::print("{}\n", to_json(sample));
}

Usage usage_of(BenchArguments& arguments) {
  return {
      "vernier bench",
      "Measures how long a network takes: as a whole, by samples of one process each that take "
      "turns with other runtimes, and layer by layer. Samples taken while others ran on the cores "
      "are discarded and counted.",
      {
          {"input", &arguments.input,
           "a run folder or a .plan (the engine), or a model (the float executor)", true},
          {"--against", &arguments.against,
           "other runtimes, with commas: onnxruntime, openvino, openvino_vnni, openvino_avx2, "
           "onednn; NAME:fp32 and NAME:int8 name the file that it gets (default: ours)"},
          {"--model", &arguments.model, "the float network of a plan, for NAME:fp32"},
          {.name = "--batch",
           .target = &arguments.batch,
           .help = "images at once (default: 1)",
           .range = std::pair{1, 1 << 16}},
          {.name = "--threads",
           .target = &arguments.threads,
           .help = "threads to compute with (default: 1)",
           .range = std::pair{1, 1024}},
          {.name = "--samples",
           .target = &arguments.samples,
           .help = "quiet samples of each, in at most three times as many rounds (default: 7)",
           .range = std::pair{1, 1000}},
          {.name = "--milliseconds",
           .target = &arguments.milliseconds,
           .help = "length of a sample behind its warm-up (default: 400)",
           .range = std::pair{1, 1 << 20}},
          {"--json", &arguments.json, "also write all figures to this file"},
          {"--no-layers", &arguments.no_layers, "only the network as a whole"},
          {"--one-sample", &arguments.one_sample,
           "print one sample of our side as a line of JSON, as the programs of runtimes/ do"},
          shape_option(arguments.shapes),
      },
      "examples:\n"
      "  vernier bench runs/resnet20-vernier\n"
      "  vernier bench runs/resnet20-vernier --batch 8 --threads 2 --json bench.json\n"
      "  vernier bench runs/resnet20-vernier --against openvino,onnxruntime,openvino:fp32\n"
      "  vernier bench model.onnx --against onnxruntime"};
}

}  // namespace

int run_bench_command(const Arguments& given) {
  BenchArguments arguments;
  parse(usage_of(arguments), given);
  set_thread_count(arguments.threads);
  if (arguments.one_sample) {
    print_one_sample(arguments);
    return status_done;
  }
  const BenchReport report = bench(files_of(arguments), {.batch = arguments.batch,
                                                         .threads = arguments.threads,
                                                         .samples = arguments.samples,
                                                         .seconds = 1e-3 * arguments.milliseconds,
                                                         .layers = !arguments.no_layers,
                                                         .against = split(arguments.against),
                                                         .shapes = arguments.shapes,
                                                         .progress = show_progress});
  if (!arguments.no_layers) fmt::print("{}\n", layer_table(report));
  fmt::print("{}", bench_table(report));
  if (!arguments.json.empty()) write_text(arguments.json, bench_json(report));
  return status_done;
}

}  // namespace vernier
