#include <set>

#include <gtest/gtest.h>

#include "vernier/base/table.h"
#include "vernier/hardware/profile.h"

namespace vernier {
namespace {

TEST(Profiles, HaveDistinctNamesHelpAndSource) {
  std::set<std::string> names;
  for (const Profile& profile : profiles()) {
    EXPECT_TRUE(names.insert(profile.name).second) << profile.name << " stands twice";
    EXPECT_FALSE(profile.help.empty()) << profile.name;
    EXPECT_FALSE(profile.source.empty()) << profile.name;
  }
}

TEST(Profiles, AskForRangesThatHoldZero) {
  for (const Profile& profile : profiles()) {
    for (const int bits : {2, 4, 7, 8, 16}) {
      for (const QuantSpec& spec : {weight_spec(profile, bits), activation_spec(profile, bits)}) {
        EXPECT_LE(spec.range.lo, 0) << profile.name << ' ' << bits;
        EXPECT_GT(spec.range.hi, 0) << profile.name << ' ' << bits;
        EXPECT_LT(spec.range.steps(), 1 << bits) << profile.name << ' ' << bits;
      }
    }
  }
}

TEST(Profiles, ShiftingTargetsHavePowerOfTwoScales) {
  for (const Profile& profile : profiles()) {
    if (profile.requantization != Requantization::shift) continue;
    EXPECT_TRUE(profile.power_of_two_scale)
        << profile.name << ": a shift cannot express other scales";
  }
}

}  // namespace
}  // namespace vernier
