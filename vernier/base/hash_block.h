#pragma once

// Private to base/: what hashes consist of, in plain code and by the instructions that many CPUs
// have for it. SHA-256 is eight times as fast by them, which counts because every sample of a data
// set is hashed, CRC-32 ten times, which counts because a plan is checked before it runs.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace vernier {

using Sha256State = std::array<std::uint32_t, 8>;

extern const std::array<std::uint32_t, 64> sha256_constants;

/// Takes 64 bytes into the state.
void sha256_block_plain(Sha256State& state, const std::byte* bytes);

bool has_sha_instructions();
/// Only where has_sha_instructions().
void sha256_block_instructions(Sha256State& state, const std::byte* bytes);

/// A polynomial over two elements, modulo that of CRC-32, times x. The highest power is the lowest
/// bit.
constexpr std::uint32_t times_x(std::uint32_t value) {
  return (value >> 1U) ^ ((value & 1U) != 0 ? 0xEDB88320U : 0U);
}

inline constexpr std::size_t crc_block = 64;
bool has_crc_instructions();
/// Sixteen bytes whose remainder is that of `crc` and then these bytes, some blocks. Only where
/// has_crc_instructions().
std::array<std::byte, 16> folded_instructions(std::uint32_t crc, std::span<const std::byte> bytes);

}  // namespace vernier
