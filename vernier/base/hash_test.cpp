#include "vernier/base/hash.h"

#include <string_view>

#include <gtest/gtest.h>

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

TEST(Crc32, GivesTheCheckValue) { EXPECT_EQ(crc32(bytes("123456789")), 0xCBF43926U); }

}  // namespace
}  // namespace vernier
