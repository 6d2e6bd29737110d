// vernier test: evaluates a run folder again, in one reading or in all.

#include "vernier/base/error.h"
#include "vernier/cli/console.h"
#include "vernier/cli/options.h"
#include "vernier/cli/run_status.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

int run_test_command(const Arguments& given) {
  std::string folder;
  std::vector<std::string> names;
  std::vector<std::string> settings;
  std::string runtime;
  bool allow_leak = false;
  parse({"vernier test",
         "Evaluates the quantized network of a run folder again, without calibration.",
         {
             {"run", &folder, "a run folder that `vernier ptq` made", true},
             readings_option(names),
             {"--runtime", &runtime,
              "also run the exported file in a runtime that is not ours: a name of `vernier list "
              "runtimes` (script/runtimes installs them)"},
             {"--set", &settings, "key.path=value, such as validation.count=100"},
             allow_leak_option(allow_leak),
             threads_option(),
         },
         "examples:\n"
         "  vernier test runs/resnet20-openvino --as deployed\n"
         "  vernier test runs/resnet20-onnxruntime --runtime onnxruntime"},
        given);

  RunOptions options = {.folder = folder, .command = command_line(), .runtime = runtime};
  options.readings = readings_of(names, options.readings);
  return run_status(run_test(options, settings, console_log(folder)), allow_leak);
}

}  // namespace vernier
