// Arguments to command. Errors are printed here and nowhere else: the exit statuses stand in
// options.h.

#include <algorithm>
#include <array>
#include <cstdio>
#include <exception>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/base/similar.h"
#include "vernier/cli/command.h"
#include "vernier/cli/options.h"
#include "vernier/experiment/version.h"

namespace vernier {
namespace {

constexpr std::array table = {
    Command{"ptq", "CONFIG | MODEL",
            "quantize after training; print float / simulated / exact / deployed", run_ptq_command},
    Command{"test", "RUN", "evaluate the network of a run folder again", run_test_command},
    Command{"bench", "RUN|MODEL|PLAN",
            "latency of a network and of each layer, beside other runtimes", run_bench_command},
    Command{"export", "RUN --to TARGET", "write the network of a run folder for a target",
            run_export_command},
    Command{"inspect", "MODEL | RUN",
            "show a graph, as text or as a table, or a run's quantization points",
            run_inspect_command},
    Command{"zoo", "[NAME]", "build a known architecture, load a checkpoint into it, write ONNX",
            run_zoo_command},
    Command{"list", "[TABLE [NAME]]", "show every calibrator, pass, profile, exporter, ...",
            run_list_command},
};

std::string the_command_line;

void print_usage(std::FILE* file) {
  fmt::print(file, "Vernier {}: from a trained float network to one that runs on integers\n\n",
             version);
  fmt::print(file, "usage: vernier COMMAND [OPTIONS]\n\n");
  for (const Command& command : table) {
    fmt::print(file, "  {:<8} {:<15} {}\n", command.name, command.arguments, command.help);
  }
  fmt::print(file,
             "\n  vernier ptq model.onnx --profile openvino --calib DIR --val DIR\n"
             "  vernier COMMAND --help    options and examples\n"
             "  vernier --version\n"
             "\nexit status: {} done, {} bad input, {} usage; of ptq and test also {} when "
             "calibration saw\n"
             "images of the validation set, {} when the deployed network is far from its float "
             "form\n",
             status_done, status_bad_input, status_usage, status_leak, status_far);
}

int run(const Arguments& arguments) {
  if (arguments.empty()) {
    print_usage(stderr);
    return status_usage;
  }
  const std::string& verb = arguments[0];
  if (verb == "--help" || verb == "-h" || verb == "help") {
    print_usage(stdout);
    return status_done;
  }
  if (verb == "--version") {
    fmt::print("vernier {}\n", version);
    return status_done;
  }
  const auto command = std::ranges::find(table, verb, &Command::name);
  if (command == table.end()) {
    std::vector<std::string_view> names;
    for (const Command& each : table) names.push_back(each.name);
    fmt::print(stderr, "vernier: unknown command '{}'{}; see vernier --help\n", verb,
               did_you_mean(verb, names));
    return status_usage;
  }
  return command->run({arguments.begin() + 1, arguments.end()});
}

// Large pieces go back to the system when they are freed: else glibc keeps them, as much as each
// thread ever had. Smaller ones, such as an image, stay: their pages would be asked for again.
void return_freed_memory() {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 8 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
#endif
}

int run_safely(const Arguments& arguments) {
  try {
    return run(arguments);
  } catch (const EarlyExit& exit) {
    return exit.status;
  } catch (const Error& error) {
    fmt::print(stderr, "vernier: {}\n", error.what());
  } catch (const std::bad_alloc&) {
    fmt::print(stderr, "vernier: out of memory; a smaller count or fewer threads need less\n");
  } catch (const std::exception& error) {
    fmt::print(stderr, "vernier: {}\n", error.what());
  }
  return status_bad_input;
}

}  // namespace

std::span<const Command> commands() { return table; }

const std::string& command_line() { return the_command_line; }

}  // namespace vernier

int main(int argc, char** argv) {
  const vernier::Arguments arguments(argv + 1, argv + argc);
  vernier::the_command_line = fmt::format("vernier {}", fmt::join(arguments, " "));
  vernier::return_freed_memory();
  return vernier::run_safely(arguments);
}
