// CRC-32 by table and SHA-256 as FIPS 180-4 states it. Both are here, and not from a library,
// because the engine ships alone and these few lines are all that it would link one for.

#include "vernier/base/hash.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "vernier/base/hash_block.h"

namespace vernier {
namespace {

// Sixteen bytes a turn ("slicing", Kounavis and Berry, A Systematic Approach to Building High
// Performance Software-based CRC Generators, 2005): table k is for a byte with k others behind it.
constexpr std::size_t slices = 16;
using CrcTables = std::array<std::array<std::uint32_t, 256>, slices>;

constexpr CrcTables make_crc_tables() {
  CrcTables tables{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = times_x(value);
    tables[0][i] = value;
  }
  for (std::size_t slice = 1; slice < slices; ++slice) {
    for (std::size_t i = 0; i < 256; ++i) {
      const std::uint32_t before = tables[slice - 1][i];
      tables[slice][i] = tables[0][before & 0xFFU] ^ (before >> 8U);
    }
  }
  return tables;
}

// The remainder `crc` and then these bytes.
std::uint32_t crc32_plain(std::uint32_t crc, std::span<const std::byte> bytes) {
  static constexpr CrcTables tables = make_crc_tables();
  for (; bytes.size() >= slices; bytes = bytes.subspan(slices)) {
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < slices; ++i) {
      const std::uint32_t part = i < 4 ? crc >> (8U * i) : 0;
      next ^= tables[slices - 1 - i][(part ^ static_cast<std::uint32_t>(bytes[i])) & 0xFFU];
    }
    crc = next;
  }
  for (const std::byte byte : bytes) {
    crc = tables[0][(crc ^ static_cast<std::uint32_t>(byte)) & 0xFFU] ^ (crc >> 8U);
  }
  return crc;
}

std::uint32_t big_endian(const std::byte* bytes) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8U | static_cast<std::uint32_t>(bytes[i]);
  return value;
}

}  // namespace

const std::array<std::uint32_t, 64> sha256_constants = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

std::uint32_t crc32(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  if (bytes.size() >= crc_block && has_crc_instructions()) {
    const std::size_t whole = bytes.size() / crc_block * crc_block;
    crc = crc32_plain(0, folded_instructions(crc, bytes.first(whole)));
    bytes = bytes.subspan(whole);
  }
  return ~crc32_plain(crc, bytes);
}

void sha256_block_plain(Sha256State& state, const std::byte* bytes) {
  std::array<std::uint32_t, 64> w{};
  for (std::size_t i = 0; i < 16; ++i) w[i] = big_endian(bytes + 4 * i);
  for (std::size_t i = 16; i < 64; ++i) {
    const std::uint32_t s0 = std::rotr(w[i - 15], 7) ^ std::rotr(w[i - 15], 18) ^ (w[i - 15] >> 3U);
    const std::uint32_t s1 = std::rotr(w[i - 2], 17) ^ std::rotr(w[i - 2], 19) ^ (w[i - 2] >> 10U);
    w[i] = w[i - 16] + s0 + w[i - 7] + s1;
  }
  auto [a, b, c, d, e, f, g, h] = state;
  for (std::size_t i = 0; i < 64; ++i) {
    const std::uint32_t s1 = std::rotr(e, 6) ^ std::rotr(e, 11) ^ std::rotr(e, 25);
    const std::uint32_t t1 = h + s1 + ((e & f) ^ (~e & g)) + sha256_constants[i] + w[i];
    const std::uint32_t s0 = std::rotr(a, 2) ^ std::rotr(a, 13) ^ std::rotr(a, 22);
    const std::uint32_t t2 = s0 + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  const std::array<std::uint32_t, 8> added = {a, b, c, d, e, f, g, h};
  for (std::size_t i = 0; i < 8; ++i) state[i] += added[i];
}

void Sha256::block(const std::byte* bytes) {
  if (has_sha_instructions()) {
    sha256_block_instructions(state_, bytes);
  } else {
    sha256_block_plain(state_, bytes);
  }
}

void Sha256::update(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t filled = length_ % 64;
    const std::size_t taken = std::min(bytes.size(), 64 - filled);
    if (taken == 64) {
      block(bytes.data());
    } else {
      std::memcpy(pending_.data() + filled, bytes.data(), taken);
      if (filled + taken == 64) block(pending_.data());
    }
    length_ += taken;
    bytes = bytes.subspan(taken);
  }
}

std::string Sha256::finish() {
  const std::uint64_t bits = length_ * 8;
  std::array<std::byte, 72> tail{std::byte{0x80}};
  const std::size_t padding = (length_ % 64 < 56 ? 56 : 120) - length_ % 64;
  for (std::size_t i = 0; i < 8; ++i)
    tail[padding + i] = static_cast<std::byte>(bits >> (56 - 8 * i));
  update(std::span(tail).first(padding + 8));

  std::string text;
  for (const std::uint32_t word : state_) {
    for (int shift = 28; shift >= 0; shift -= 4)
      text += "0123456789abcdef"[word >> static_cast<unsigned>(shift) & 15U];
  }
  return text;
}

std::string sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

}  // namespace vernier
