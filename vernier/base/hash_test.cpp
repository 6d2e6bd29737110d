#include "vernier/base/hash.h"

#include <string_view>

#include <gtest/gtest.h>

#include "vernier/base/hash_block.h"
#include "vernier/base/random.h"

namespace vernier {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// FIPS 180-4 examples.
TEST(Sha256, GivesTheStandardVectors) {
  EXPECT_EQ(sha256(bytes("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256(bytes("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(bytes(std::string(1000000, 'a'))),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnHowTheBytesArrive) {
  const std::string text(200, 'x');
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Sha256 hash;
    hash.update(bytes(text.substr(0, cut)));
    hash.update(bytes(text.substr(cut)));
    ASSERT_EQ(hash.finish(), sha256(bytes(text))) << cut;
  }
}

TEST(Sha256, InstructionsGiveThePlainBits) {
  if (!has_sha_instructions()) return;  // nothing to compare
  Random random(3);
  Sha256State plain{};
  Sha256State fast{};
  for (int block = 0; block < 100; ++block) {
    std::array<std::byte, 64> block_bytes{};
    for (std::byte& each : block_bytes) each = static_cast<std::byte>(random.below(256));
    sha256_block_plain(plain, block_bytes.data());
    sha256_block_instructions(fast, block_bytes.data());
    ASSERT_EQ(plain, fast) << block;
  }
}

// The polynomial's definition, bit by bit.
std::uint32_t plain_crc32(std::span<const std::byte> data) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::byte byte : data) {
    crc ^= static_cast<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
  }
  return ~crc;
}

TEST(Crc32, IsThatOfTheDefinitionForEveryLength) {
  std::vector<std::byte> data;
  for (std::uint32_t i = 0; i < 300; ++i) {
    EXPECT_EQ(crc32(data), plain_crc32(data)) << data.size() << " bytes";
    data.push_back(static_cast<std::byte>(i * 167 + 13));
  }
}

TEST(Crc32, GivesTheCheckValue) { EXPECT_EQ(crc32(bytes("123456789")), 0xCBF43926U); }

}  // namespace
}  // namespace vernier
