#include "vernier/base/files.h"

#include <algorithm>
#include <array>

#include <gtest/gtest.h>

#include "vernier/base/error.h"

namespace vernier {
namespace {

TEST(Files, WritesWholeFilesAndLeavesNoTemporary) {
  const std::filesystem::path folder = testing::TempDir() + "vernier_files_test";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  write_text(folder / "a.txt", "first");
  write_text(folder / "a.txt", "second");
  EXPECT_EQ(read_text(folder / "a.txt"), "second");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST(Files, MapsWhatItReads) {
  const std::filesystem::path path = testing::TempDir() + "vernier_mapped_file_test";
  for (const std::size_t size : {0U, 1U, 4096U, 10001U}) {
    write_text(path, std::string(size, 'x'));
    const MappedFile file(path);
    EXPECT_TRUE(std::ranges::equal(file.bytes(), read_file(path))) << size << " bytes";
  }
  EXPECT_THROW(MappedFile("/nowhere/model.plan"), Error);
  EXPECT_THROW(MappedFile("/"), Error);
  EXPECT_THROW(MappedFile("/dev/null"), Error);
}

TEST(Files, ReadsPartsUpToTheEnd) {
  const auto path = std::filesystem::path(testing::TempDir()) / "vernier_parts.txt";
  write_text(path, "0123456789");
  const RandomAccessFile file(path);
  EXPECT_EQ(file.size(), 10U);
  std::array<std::byte, 3> part{};
  file.read(7, part);
  EXPECT_EQ(part, (std::array{std::byte{'7'}, std::byte{'8'}, std::byte{'9'}}));
  EXPECT_THROW(file.read(8, part), Error) << "one byte behind the end";
}

TEST(Files, NamesThePathOfWhatIsMissing) {
  try {
    read_file("/nowhere/model.onnx");
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("/nowhere/model.onnx"), std::string::npos);
  }
  EXPECT_THROW(write_text("/nowhere/a.txt", ""), Error);
  EXPECT_THROW(read_file("/"), Error);
}

}  // namespace
}  // namespace vernier
