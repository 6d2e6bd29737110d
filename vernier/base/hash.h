#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace vernier {

/// CRC-32 (IEEE 802.3, as in zlib): finds damage in our own files.
std::uint32_t crc32(std::span<const std::byte> bytes);

/// SHA-256 (FIPS 180-4): the identity of models, configs and data sets in metrics.json.
class Sha256 {
 public:
  void update(std::span<const std::byte> bytes);
  /// Lower-case hexadecimal, 64 characters. Ends the computation.
  std::string finish();

 private:
  void block(const std::byte* bytes);

  std::array<std::uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<std::byte, 64> pending_{};
  std::uint64_t length_ = 0;
};

std::string sha256(std::span<const std::byte> bytes);

}  // namespace vernier
