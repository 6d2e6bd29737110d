// SHA-256 by the SHA extensions of x86-64 (Intel, "Intel SHA Extensions", 2013): two rounds an
// instruction; the state is kept as ABEF and CDGH, the schedule as four vectors of four words.

#include "vernier/base/hash_block.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include <cpuid.h>

namespace vernier {
namespace {

bool ask_cpu() {
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  constexpr unsigned sha = 1U << 29U;
  return __builtin_cpu_supports("sse4.1") && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 &&
         (b & sha) != 0;
}

}  // namespace

bool has_sha_instructions() {
  static const bool has = ask_cpu();
  return has;
}

[[gnu::target("sha,sse4.1")]]
void sha256_block_instructions(Sha256State& state, const std::byte* bytes) {
  auto* words = reinterpret_cast<__m128i*>(state.data());
  const auto* input = reinterpret_cast<const __m128i*>(bytes);
  const auto* constants = reinterpret_cast<const __m128i*>(sha256_constants.data());
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);

  const __m128i badc = _mm_shuffle_epi32(_mm_loadu_si128(words), 0xB1);
  const __m128i hgfe = _mm_shuffle_epi32(_mm_loadu_si128(words + 1), 0x1B);
  const __m128i abef_before = _mm_alignr_epi8(badc, hgfe, 8);
  const __m128i cdgh_before = _mm_blend_epi16(hgfe, badc, 0xF0);
  __m128i abef = abef_before;
  __m128i cdgh = cdgh_before;
  __m128i w[4];
  for (int i = 0; i < 4; ++i) w[i] = _mm_shuffle_epi8(_mm_loadu_si128(input + i), big_endian);
  for (int i = 0; i < 16; ++i) {
    const __m128i sum = _mm_add_epi32(w[i % 4], _mm_loadu_si128(constants + i));
    cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
    abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(sum, 0x0E));
    const __m128i seven_back = _mm_alignr_epi8(w[(i + 3) % 4], w[(i + 2) % 4], 4);
    const __m128i next = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
    w[i % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(next, seven_back), w[(i + 3) % 4]);
  }
  const __m128i feba = _mm_shuffle_epi32(_mm_add_epi32(abef, abef_before), 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(_mm_add_epi32(cdgh, cdgh_before), 0xB1);
  _mm_storeu_si128(words, _mm_blend_epi16(feba, dchg, 0xF0));
  _mm_storeu_si128(words + 1, _mm_alignr_epi8(dchg, feba, 8));
}

}  // namespace vernier

#else

namespace vernier {

bool has_sha_instructions() { return false; }
void sha256_block_instructions(Sha256State& state, const std::byte* bytes) {
  sha256_block_plain(state, bytes);
}

}  // namespace vernier

#endif
