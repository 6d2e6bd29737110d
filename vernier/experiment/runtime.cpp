#include "vernier/experiment/runtime.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/base/parallel.h"
#include "vernier/base/process.h"
#include "vernier/base/runtime_command.h"
#include "vernier/base/table.h"
#include "vernier/data/loader.h"
#include "vernier/data/npy.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::array table = {
    Runtime{"onnxruntime", "run_onnxruntime.py", "onnx-qdq", "ONNX Runtime's CPU provider"},
    Runtime{"openvino", "run_openvino.py", "onnx-qdq", "OpenVINO's CPU plugin, f32 where not int8"},
    Runtime{"tvm", "", "onnx-qlinear",
            "not to be run: its package has no quantized operators any more",
            "apache-tvm 0.27, the package of its current release, has neither Relay nor QNN, so "
            "that no "
            "layer would be integers (docs/parity.md); --runtime onnxruntime runs the network, and "
            "`vernier export RUN --to onnx-qlinear` writes what a TVM with Relay reads"},
};

// What runtimes/adapter.py ends with where the file is to blame.
constexpr int refused = 3;

/// A folder that is there as long as this is.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(fs::path path) : path_(std::move(path)) {
    fs::remove_all(path_);
    fs::create_directories(path_);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

 private:
  fs::path path_;
};

void write_inputs(const Dataset& dataset, std::int64_t batch, const fs::path& path) {
  Loader loader(dataset, batch, thread_count());
  std::optional<NpyWriter> writer;
  while (const auto part = loader.next()) {
    Shape shape = part->inputs.shape();
    shape[0] = dataset.size();
    if (!writer) writer.emplace(path, shape, part->inputs.dtype());
    writer->add(part->inputs.bytes());
  }
  if (writer) writer->close();
}

std::vector<RuntimeNode> nodes_of(const Json& json) {
  std::vector<RuntimeNode> nodes;
  nodes.reserve(json.size());
  for (const Json& each : json) {
    nodes.push_back({each.at("name").get<std::string>(), each.at("type").get<std::string>(),
                     each.value("integer", false), ""});
  }
  return nodes;
}

std::vector<Tensor> arrays(const fs::path& folder, std::string_view name, std::size_t count) {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < count; ++i)
    tensors.push_back(read_npy(folder / fmt::format("{}_{}.npy", name, i)));
  return tensors;
}

std::size_t count_of(const fs::path& folder, std::string_view name) {
  std::size_t count = 0;
  while (fs::exists(folder / fmt::format("{}_{}.npy", name, count))) ++count;
  return count;
}

[[noreturn]] void fail_in(const Runtime& runtime, const RuntimeTask& task,
                          const ProcessResult& result) {
  const std::string again = fmt::format("`vernier export {} --to {}` writes the file again",
                                        task.model.parent_path().string(), runtime.exporter);
  if (result.status == refused) fail("{}; {}", last_line(result.errors), again);
  const std::string said = last_line(result.errors);
  fail("{}: the adapter ended with status {}{}{}; script/runtimes installs it again, {}",
       runtime.name, result.status, said.empty() ? "" : ": ", said, again);
}

RuntimeRun read_run(const fs::path& folder) {
  RuntimeRun run;
  const fs::path path = folder / "report.json";
  try {
    const Json json = Json::parse(read_text(path));
    run.report = {.name = json.at("runtime"),
                  .version = json.at("version"),
                  .layers = nodes_of(json.at("layers")),
                  .islands = nodes_of(json.at("islands")),
                  .seconds = json.at("seconds")};
    run.value_names = json.at("values").get<std::vector<std::string>>();
  } catch (const Json::exception& error) {
    fail("{}: the adapter's report is damaged: {}", path.string(), error.what());
  }
  run.outputs = arrays(folder, "output", count_of(folder, "output"));
  run.values = arrays(folder, "value", run.value_names.size());
  return run;
}

}  // namespace

std::span<const Runtime> runtimes() { return table; }

const Runtime& runnable_runtime(std::string_view name) {
  const Runtime& runtime = find(runtimes(), name, "runtime");
  if (!runtime.missing.empty()) fail("the runtime '{}': {}", name, runtime.missing);
  return runtime;
}

std::int64_t integer_count(const RuntimeReport& report) {
  return std::ranges::count(report.layers, true, &RuntimeNode::integer);
}

std::vector<RuntimeNode> float_nodes(const RuntimeReport& report) {
  std::vector<RuntimeNode> nodes;
  std::ranges::copy_if(report.layers, std::back_inserter(nodes),
                       [](const RuntimeNode& each) { return !each.integer; });
  nodes.insert(nodes.end(), report.islands.begin(), report.islands.end());
  return nodes;
}

RuntimeRun run_in(const Runtime& runtime, const RuntimeTask& task, const Dataset& dataset) {
  std::vector<std::string> command = runtime_command(runtime.name, runtime.adapter);
  const TemporaryFolder folder(task.folder);
  write_inputs(dataset, task.batch, task.folder / "input.npy");
  for (const std::string& each :
       {task.model.string(), std::string("--inputs"), (task.folder / "input.npy").string(),
        std::string("--out"), task.folder.string(), std::string("--batch"),
        std::to_string(task.batch), std::string("--threads"), std::to_string(thread_count())})
    command.push_back(each);
  if (!task.values.empty()) command.emplace_back("--values");
  command.insert(command.end(), task.values.begin(), task.values.end());
  const ProcessResult result = run_process(command);
  if (result.status != 0) fail_in(runtime, task, result);
  RuntimeRun run = read_run(task.folder);
  for (const Tensor& output : run.outputs) {
    if (output.dtype() == DType::f32 && !output.shape().empty() &&
        output.shape()[0] == dataset.size())
      continue;
    fail("{}: an output is {}{}, expected f32 with one row for each of {} images",
         task.model.string(), name(output.dtype()), to_string(output.shape()), dataset.size());
  }
  return run;
}

}  // namespace vernier
