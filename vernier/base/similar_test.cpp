#include "vernier/base/similar.h"

#include <array>

#include <gtest/gtest.h>

namespace vernier {
namespace {

TEST(EditDistance, CountsEdits) {
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("inspect", "inspect"), 0U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(DidYouMean, NamesTheNearestWordOrNone) {
  constexpr std::array<std::string_view, 3> known = {"ptq", "list", "inspect"};
  EXPECT_EQ(did_you_mean("lst", known), "; did you mean 'list'?");
  EXPECT_EQ(did_you_mean("quantizer", known), "");
  EXPECT_EQ(did_you_mean("abc", known), "") << "three edits make anything of three letters";
}

}  // namespace
}  // namespace vernier
