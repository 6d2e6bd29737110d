#pragma once

// Private to latency/: the loops of the probes, one file an architecture.

#include <cstdint>

namespace vernier {

/// Rounds of a burst; each round has one instruction (or chain of them) an accumulator.
inline constexpr std::int64_t burst_rounds = 8000;

#if defined(__x86_64__)
bool allow_amx();  ///< asks the system for the tiles, which it gives only on request
std::int64_t burst_amx_int8();
std::int64_t burst_avx512_vnni();
std::int64_t burst_avx_vnni();
std::int64_t burst_avx512();
std::int64_t burst_avx2();
std::int64_t burst_float_avx512();
std::int64_t burst_float_avx2();
#elif defined(__aarch64__)
std::int64_t burst_dotprod();
std::int64_t burst_neon();
std::int64_t burst_float_neon();
#endif
std::int64_t burst_scalar();

}  // namespace vernier
