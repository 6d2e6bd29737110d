#include "vernier/data/label_list.h"

#include <gtest/gtest.h>

#include "vernier/data/test_folder.h"

namespace vernier {
namespace {

std::vector<Entry> parse(const std::string& text) {
  const auto path = test_folder() / "list.txt";
  put(path, text);
  return read_list(path);
}

TEST(LabelList, ReadsPathsAndLabels) {
  const std::vector<Entry> entries = parse("a.jpg 3\n\n  b c.jpg\t12 \r\nd/e.jpg 0");
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].name, "a.jpg");
  EXPECT_EQ(entries[0].label, 3);
  EXPECT_EQ(entries[1].name, "b c.jpg");
  EXPECT_EQ(entries[1].label, 12);
  EXPECT_EQ(entries[2].name, "d/e.jpg");
  EXPECT_EQ(entries[2].label, 0);
}

TEST(LabelList, LabelsMayBeAbsentAltogether) {
  const std::vector<Entry> entries = parse("a.jpg\nb.jpg\n");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[1].label, std::nullopt);
}

TEST(LabelList, NamesFileAndLineOfWhatIsWrong) {
  for (const char* text :
       {"a.jpg 1\nb.jpg\n", "a.jpg 1\nb.jpg cat\n", "a.jpg 1\nb.jpg -1\n", "a.jpg 1\nb.jpg 1.5\n",
        "a\nb.jpg 1\n", "a.jpg 1\nb.jpg 99999999999999999999\n"})
    EXPECT_NE(message_of([&] { parse(text); }).find("list.txt:2"), std::string::npos) << text;
  EXPECT_NE(message_of([] { parse("\n \n"); }).find("list.txt"), std::string::npos);
}

}  // namespace
}  // namespace vernier
