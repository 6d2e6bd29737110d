#include "vernier/experiment/leak_guard.h"

#include <gtest/gtest.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

SetIdentity some_set(int first, int count) {
  SetIdentity set = {.sha256 = "set"};
  for (int i = first; i < first + count; ++i) {
    set.names.push_back("image " + std::to_string(i));
    set.prints.push_back({"hash " + std::to_string(i)});
    if (i % 2 != 0) continue;
    LumaGrid grid{};
    for (std::size_t cell = 0; cell < grid.size(); ++cell)
      grid[cell] = static_cast<std::uint8_t>(cell * cell * static_cast<std::size_t>(i + 3));
    set.prints.back().luma = grid;
  }
  return set;
}

TEST(SetIdentity, ComesBackFromItsBytes) {
  const SetIdentity set = some_set(0, 7);
  EXPECT_EQ(parse_identity(to_bytes(set), "file"), set);
  EXPECT_EQ(parse_identity(to_bytes(SetIdentity{}), "file"), SetIdentity{});
}

TEST(SetIdentity, EveryDamageIsAnErrorThatNamesTheFile) {
  const std::vector<std::byte> whole = to_bytes(some_set(0, 3));
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::vector<std::byte> flipped = whole;
    flipped[at] ^= std::byte{0x41};
    for (const auto damaged : {std::span(whole).first(at), std::span<const std::byte>(flipped)}) {
      try {
        parse_identity(damaged, "run/calibration.bin");
        ADD_FAILURE() << at;
      } catch (const Error& error) {
        EXPECT_TRUE(std::string(error.what()).starts_with("run/calibration.bin")) << error.what();
      }
    }
  }
}

TEST(CompareSets, CountsAllAndNamesTheFirst) {
  EXPECT_EQ(compare_sets(some_set(0, 10), some_set(10, 10)).images, 0);
  const LeakReport report = compare_sets(some_set(0, 10), some_set(2, 20));
  EXPECT_EQ(report.images, 8);
  ASSERT_EQ(report.first.size(), LeakReport::most_named);
  EXPECT_EQ(report.first[0].calibration, "image 2");
  EXPECT_EQ(report.first[0].validation, "image 2");
  EXPECT_TRUE(report.first[0].equal);
}

}  // namespace
}  // namespace vernier
