#include "vernier/base/bytes.h"

#include <gtest/gtest.h>

namespace vernier {
namespace {

constexpr std::uint32_t magic = 0x54534554;

std::vector<std::byte> sample() {
  ByteWriter writer;
  writer.number<std::int16_t>(-2);
  writer.text("name");
  writer.numbers(std::span<const float>(std::vector<float>{1.5F, -0.0F}));
  return frame(magic, 3, writer.bytes());
}

TEST(Bytes, ReadsBackWhatWasWritten) {
  const std::vector<std::byte> file = sample();
  ByteReader reader(unframe(magic, 3, file, "file"), "file");
  EXPECT_EQ(reader.number<std::int16_t>(), -2);
  EXPECT_EQ(reader.text(), "name");
  EXPECT_EQ(reader.numbers<float>(), (std::vector<float>{1.5F, -0.0F}));
  EXPECT_EQ(reader.remaining(), 0U);
  EXPECT_THROW(reader.number<char>(), Error);
}

TEST(Bytes, EveryFlippedBitAndEveryTruncationIsAnError) {
  const std::vector<std::byte> file = sample();
  for (std::size_t i = 0; i < file.size(); ++i) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> damaged = file;
      damaged[i] ^= std::byte{1} << bit;
      EXPECT_THROW(unframe(magic, 3, damaged, "file"), Error) << "byte " << i << " bit " << bit;
    }
    EXPECT_THROW(unframe(magic, 3, std::span(file).first(i), "file"), Error) << "first " << i;
  }
}

TEST(Bytes, AnotherKindOfFileIsNamedByItsFirstBytes) {
  const std::vector<std::byte> png = {std::byte{0x89}, std::byte{'P'}, std::byte{'N'},
                                      std::byte{'G'}, std::byte{0x0D}};
  try {
    unframe(magic, 3, png, "a.plan");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(
        error.what(),
        "a.plan: begins with \"\\x89PNG\", a file of this kind with \"TEST\"; look whether "
        "the path is the one meant");
  }
  EXPECT_THROW(unframe(magic, 3, {}, "empty"), Error);
}

TEST(Bytes, ADamagedLengthDoesNotAllocate) {
  ByteWriter writer;
  writer.number<std::uint64_t>(std::uint64_t{1} << 62U);
  ByteReader reader(writer.bytes(), "file");
  EXPECT_THROW(reader.numbers<float>(), Error);
}

}  // namespace
}  // namespace vernier
