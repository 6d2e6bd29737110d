#pragma once

// Private to base/: one block of SHA-256, in plain code and by the instructions that many CPUs have
// for it. They are eight times as fast, which counts because every sample of a data set is hashed.

#include <array>
#include <cstddef>
#include <cstdint>

namespace vernier {

using Sha256State = std::array<std::uint32_t, 8>;

extern const std::array<std::uint32_t, 64> sha256_constants;

/// Takes 64 bytes into the state.
void sha256_block_plain(Sha256State& state, const std::byte* bytes);

bool has_sha_instructions();
/// Only where has_sha_instructions().
void sha256_block_instructions(Sha256State& state, const std::byte* bytes);

}  // namespace vernier
