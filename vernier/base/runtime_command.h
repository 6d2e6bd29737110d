#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace vernier {

/// How a command line to a program of runtimes/ begins: the Python that has the runtimes, and the
/// program. script/runtimes installs both, in VERNIER_CACHE or else in the user's cache; where they
/// are missing that is an Error that begins with `runtime`.
std::vector<std::string> runtime_command(std::string_view runtime, std::string_view program);

}  // namespace vernier
