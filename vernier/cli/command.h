#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vernier {

using Arguments = std::vector<std::string>;

/// A verb of the program. `run` takes what stands behind the verb and returns the exit status.
struct Command {
  std::string_view name;
  std::string_view arguments;  ///< as the usage line shows them
  std::string_view help;
  int (*run)(const Arguments& arguments);
};

std::span<const Command> commands();

// The verbs, one file each. Only main.cpp calls them by name.
int run_ptq_command(const Arguments& arguments);
int run_test_command(const Arguments& arguments);
int run_bench_command(const Arguments& arguments);
int run_export_command(const Arguments& arguments);
int run_inspect_command(const Arguments& arguments);
int run_zoo_command(const Arguments& arguments);
int run_list_command(const Arguments& arguments);

/// The whole line as it was typed, for metrics.json.
const std::string& command_line();

}  // namespace vernier
