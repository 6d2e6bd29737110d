#include "vernier/base/process.h"

#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

ProcessResult shell(const std::string& script, const std::vector<std::string>& settings = {}) {
  return run_process(std::vector<std::string>{"/bin/sh", "-c", script}, settings);
}

TEST(Process, GivesStatusOutputAndErrors) {
  const ProcessResult result = shell("echo shown; echo 'two words' >&2; exit 3");
  EXPECT_EQ(result.status, 3);
  EXPECT_EQ(result.output, "shown\n");
  EXPECT_EQ(result.errors, "two words\n");
}

TEST(Process, SettingsReplaceWhatTheEnvironmentSays) {
  EXPECT_EQ(shell("printf %s \"$HOME\"", {"HOME=/elsewhere"}).output, "/elsewhere");
}

TEST(Process, TheLastLineIsTheLastThatIsNotEmpty) {
  EXPECT_EQ(last_line("one\ntwo three\n \n"), "two three");
  EXPECT_EQ(last_line("one"), "one");
  EXPECT_EQ(last_line("\n"), "");
}

TEST(Process, TakesMoreErrorsThanAPipeHolds) {
  EXPECT_EQ(shell("head -c 200000 /dev/zero >&2").errors.size(), 200000U);
}

TEST(Process, ASignalIsAStatusToo) { EXPECT_EQ(shell("kill -9 $$").status, 128 + 9); }

TEST(Process, AMissingProgramIsAnError) {
  try {
    run_process(std::vector<std::string>{"/no/such/program"});
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/program"), std::string::npos);
  }
}

}  // namespace
}  // namespace vernier
