#pragma once

#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "vernier/base/tensor.h"
#include "vernier/cli/command.h"

namespace vernier {

/// Exit statuses of the program.
inline constexpr int status_done = 0;
inline constexpr int status_bad_input = 1;
inline constexpr int status_usage = 2;

/// Thrown by parse() when the command line itself ends the program: --help, or an option that is
/// wrong.
struct EarlyExit {
  int status = status_done;
};

/// Parses; prints help or what is wrong with the options and throws EarlyExit.
void parse(CLI::App& app, const Arguments& arguments);

/// --shape INPUT=1,3,224,224, for inputs whose axes a model leaves open; may be repeated.
void add_shape_option(CLI::App& app, std::map<std::string, Shape>& shapes);

/// --threads N, for every command that computes.
void add_threads_option(CLI::App& app);

}  // namespace vernier
