#pragma once

#include <span>
#include <string>

namespace vernier {

struct ProcessResult {
  int status = 0;      ///< exit status; 128 + the signal that ended it
  std::string output;  ///< what it wrote to the standard output
  std::string errors;  ///< and to the standard error
};

/// Runs a program (a path, no shell) to its end; `command` begins with it. `settings` are
/// NAME=VALUE of its environment, which is ours otherwise. A program that cannot be started is an
/// Error.
ProcessResult run_process(std::span<const std::string> command,
                          std::span<const std::string> settings = {});

/// The last line that is not empty: what most programs say of an error.
std::string last_line(std::string text);

}  // namespace vernier
