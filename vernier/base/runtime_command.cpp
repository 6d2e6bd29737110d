#include "vernier/base/runtime_command.h"

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "vernier/base/error.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

fs::path runtimes_folder() {
  for (const auto& [variable, below] :
       {std::pair{"VERNIER_CACHE", "runtimes"}, std::pair{"XDG_CACHE_HOME", "vernier/runtimes"},
        std::pair{"HOME", ".cache/vernier/runtimes"}}) {
    const char* folder = std::getenv(variable);
    if (folder != nullptr && *folder != '\0') return fs::path(folder) / below;
  }
  return ".cache/runtimes";
}

}  // namespace

std::vector<std::string> runtime_command(std::string_view runtime, std::string_view program) {
  const fs::path folder = runtimes_folder();
  const fs::path python = folder / "bin/python3";
  const fs::path path = folder / "adapters" / program;
  if (!fs::exists(python) || !fs::exists(path)) {
    fail("the runtime '{}' is not installed in {}; script/runtimes does that", runtime,
         folder.string());
  }
  return {python.string(), path.string()};
}

}  // namespace vernier
