#pragma once

#include <string>
#include <vector>

namespace vernier {

/// Runs a program and returns its standard output. If it cannot be started or ends with a status
/// other than 0, that is an Error with the last line of its standard error.
std::string output_of(const std::vector<std::string>& command,
                      const std::vector<std::string>& environment = {});

}  // namespace vernier
