#include "vernier/latency/runtime.h"

#include <array>

#include "vernier/base/error.h"
#include "vernier/base/runtime_command.h"
#include "vernier/base/table.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

constexpr std::array table = {
    TimedRuntime{"onnxruntime", "ONNX Runtime's CPU provider", "time_onnxruntime.py", ""},
    TimedRuntime{"openvino", "OpenVINO's CPU plugin, float32 where not int8", "time_openvino.py",
                 ""},
    TimedRuntime{"openvino_vnni", "the same without AMX", "time_openvino.py",
                 "ONEDNN_MAX_CPU_ISA=AVX512_CORE_VNNI"},
    TimedRuntime{"openvino_avx2", "the same with no more than AVX2", "time_openvino.py",
                 "ONEDNN_MAX_CPU_ISA=AVX2"},
    TimedRuntime{"onednn", "our float executor, which runs on oneDNN", "", ""},
};

std::string own_program() { return fs::read_symlink("/proc/self/exe").string(); }

std::vector<std::string> own_command(const fs::path& network,
                                     const std::vector<std::string>& arguments) {
  std::vector<std::string> command = {own_program(), "bench", network.string(), "--one-sample"};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::vector<std::string> python_command(const TimedRuntime& runtime, const fs::path& network,
                                        const std::vector<std::string>& arguments) {
  std::vector<std::string> command = runtime_command(runtime.name, runtime.program);
  command.push_back(network.string());
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

}  // namespace

std::span<const TimedRuntime> timed_runtimes() { return table; }

const TimedRuntime& find_runtime(std::string_view what) {
  return find(timed_runtimes(), what.substr(0, what.find(':')), "runtime");
}

Contender contender_of(std::string_view what, const BenchFiles& files,
                       const std::vector<std::string>& arguments) {
  const std::size_t colon = what.find(':');
  const TimedRuntime& runtime = find_runtime(what);
  const bool own = runtime.program.empty();
  std::string_view precision = own || files.plan.empty() ? "fp32" : "int8";
  if (colon != std::string_view::npos) precision = what.substr(colon + 1);
  if (precision != "fp32" && (precision != "int8" || own))
    fail("--against {}: expected {} behind the colon", what, own ? "fp32" : "fp32 or int8");
  const fs::path& network = precision == "int8" ? files.quantized : files.model;
  if (network.empty() || !fs::exists(network)) {
    fail("{}: {}", what,
         precision == "int8"
             ? "there is no model.onnx with QuantizeLinear nodes in the run folder; `vernier ptq "
               "... --set export=[onnx-qdq]` writes one"
             : "the float network is not known; give --model FILE.onnx");
  }
  Contender contender{.engine = std::string(runtime.name), .precision = std::string(precision)};
  if (!runtime.environment.empty()) contender.environment.emplace_back(runtime.environment);
  contender.command =
      own ? own_command(network, arguments) : python_command(runtime, network, arguments);
  return contender;
}

Contender our_contender(const BenchFiles& files, const std::vector<std::string>& arguments) {
  const bool integers = !files.plan.empty();
  return {.engine = "vernier",
          .precision = integers ? "int8" : "fp32",
          .command = own_command(integers ? files.plan : files.model, arguments)};
}

}  // namespace vernier
