#include "vernier/base/runtime_command.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

namespace fs = std::filesystem;

TEST(RuntimeCommand, IsPythonAndProgramOfTheCacheOrSaysWhatInstallsThem) {
  const fs::path cache = fs::temp_directory_path() / fmt::format("vernier_runtimes_{}", getpid());
  const char* before = std::getenv("VERNIER_CACHE");
  const std::string kept = before == nullptr ? "" : before;
  setenv("VERNIER_CACHE", cache.c_str(), 1);
  try {
    runtime_command("openvino", "time_openvino.py");
    ADD_FAILURE() << "no Error for a folder that is not there";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()),
              fmt::format("the runtime 'openvino' is not installed in {}/runtimes; script/runtimes "
                          "does that",
                          cache.string()));
  }
  fs::create_directories(cache / "runtimes/bin");
  fs::create_directories(cache / "runtimes/adapters");
  std::ofstream(cache / "runtimes/bin/python3") << "";
  std::ofstream(cache / "runtimes/adapters/time_openvino.py") << "";
  EXPECT_EQ(runtime_command("openvino", "time_openvino.py"),
            (std::vector<std::string>{(cache / "runtimes/bin/python3").string(),
                                      (cache / "runtimes/adapters/time_openvino.py").string()}));
  if (before == nullptr) {
    unsetenv("VERNIER_CACHE");
  } else {
    setenv("VERNIER_CACHE", kept.c_str(), 1);
  }
  fs::remove_all(cache);
}

}  // namespace
}  // namespace vernier
