#include "vernier/base/machine.h"

#include <sstream>

#include <gtest/gtest.h>

namespace vernier {
namespace {

std::string named(const std::string& text) {
  std::istringstream info(text);
  return cpu_name(info);
}

TEST(CpuName, TellsTheKindOfTheFirstProcessor) {
  EXPECT_EQ(
      named("processor\t: 0\ncpu family\t: 25\nmodel\t\t: 17\nmodel name\t: AMD EPYC\nbugs\t\t:\n\n"
            "processor\t: 1\nmodel name\t: another\n"),
      "AMD EPYC (family 25, model 17)");
  EXPECT_EQ(named("processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0c\n"),
            "unknown (implementer 0x41, part 0xd0c)");
}

TEST(CpuName, OfOtherTextIsWhatThereIs) {
  EXPECT_EQ(named("Processor : ARMv7 rev 4\n"), "ARMv7 rev 4");
  EXPECT_EQ(named("no colon\n:\n: \nmodel name\t:"), "unknown");
  EXPECT_EQ(named(""), "unknown");
}

TEST(CpuName, OfThisMachineIsNotEmpty) { EXPECT_NE(cpu_name(), ""); }

}  // namespace
}  // namespace vernier
