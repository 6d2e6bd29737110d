// CRC-32 by multiplication without carries (Gopal et al., "Fast CRC Computation for Generic
// Polynomials Using PCLMULQDQ Instruction", Intel, 2009): a vector that stands n bits before
// another one is worth
//
//   low half * x^(n + 32) + high half * x^(n - 32)   modulo the polynomial
//
// at its place. Four vectors are on their way at once.

#include "vernier/base/hash_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

namespace vernier {
namespace {

// x^power modulo the polynomial; a product of two numbers that begin with the lowest bit is one bit
// short.
constexpr std::int64_t factor(int power) {
  std::uint32_t value = 0x80000000U;
  for (int i = 0; i < power; ++i) value = times_x(value);
  return static_cast<std::int64_t>(value) << 1;
}

template <int Distance>
[[gnu::target("pclmul,sse4.1"), gnu::always_inline]]
inline __m128i folded(__m128i value, __m128i onto) {
  const __m128i factors = _mm_set_epi64x(factor(Distance - 32), factor(Distance + 32));
  const __m128i low = _mm_clmulepi64_si128(value, factors, 0x00);
  const __m128i high = _mm_clmulepi64_si128(value, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

}  // namespace

bool has_crc_instructions() {
  return __builtin_cpu_supports("pclmul") != 0 && __builtin_cpu_supports("sse4.1") != 0;
}

[[gnu::target("pclmul,sse4.1")]]
std::array<std::byte, 16> folded_instructions(std::uint32_t crc, std::span<const std::byte> bytes) {
  const auto* next = reinterpret_cast<const __m128i*>(bytes.data());
  const __m128i* end = next + bytes.size() / sizeof(__m128i);
  __m128i values[4];
  for (__m128i& each : values) each = _mm_loadu_si128(next++);
  values[0] = _mm_xor_si128(values[0], _mm_cvtsi32_si128(static_cast<int>(crc)));
  while (next < end) {
    for (__m128i& each : values) each = folded<512>(each, _mm_loadu_si128(next++));
  }
  for (int i = 1; i < 4; ++i) values[i] = folded<128>(values[i - 1], values[i]);
  std::array<std::byte, 16> result;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(result.data()), values[3]);
  return result;
}

}  // namespace vernier

#else

namespace vernier {

bool has_crc_instructions() { return false; }
std::array<std::byte, 16> folded_instructions(std::uint32_t /*crc*/,
                                              std::span<const std::byte> /*bytes*/) {
  return {};
}

}  // namespace vernier

#endif
