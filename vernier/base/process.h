#pragma once

#include <span>
#include <string>

namespace vernier {

struct ProcessResult {
  int status = 0;      ///< exit status; 128 + the signal that ended it
  std::string errors;  ///< what it wrote to the standard error
};

/// Runs a program (a path, no shell) to its end; `command` begins with it. What it writes to the
/// standard output is dropped. A program that cannot be started is an Error.
ProcessResult run_process(std::span<const std::string> command);

}  // namespace vernier
