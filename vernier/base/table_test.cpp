#include "vernier/base/table.h"

#include <array>

#include <gtest/gtest.h>

namespace vernier {
namespace {

struct Entry {
  std::string_view name;
};
constexpr std::array table = {Entry{"first"}, Entry{"second"}};

TEST(Find, ReturnsTheEntryOrNamesAllThatExist) {
  EXPECT_EQ(&find(std::span<const Entry>(table), "second", "thing"), &table[1]);
  try {
    find(std::span<const Entry>(table), "third", "thing");
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown thing 'third'; known: first, second");
  }
}

}  // namespace
}  // namespace vernier
