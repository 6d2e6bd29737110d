// As probe_x86.cpp, for aarch64.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "vernier/latency/probe_bursts.h"

namespace vernier {
namespace {

constexpr int accumulators = 12;

}  // namespace

std::int64_t burst_dotprod() {
  const int8x16_t x = vdupq_n_s8(0);
  int32x4_t sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (int32x4_t& sum : sums) {
      asm volatile(".arch_extension dotprod\n\tsdot %0.4s, %1.16b, %1.16b" : "+w"(sum) : "w"(x));
    }
  }
  return burst_rounds * accumulators * 16;
}

// Two products a lane in 16 bits, then pairs of lanes in 32: exact for 8 bits.
std::int64_t burst_neon() {
  const int8x16_t x = vdupq_n_s8(0);
  int32x4_t sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (int32x4_t& sum : sums) {
      int16x8_t products;
      asm volatile(
          "smull %1.8h, %2.8b, %2.8b\n\tsmlal2 %1.8h, %2.16b, %2.16b\n\tsadalp %0.4s, %1.8h"
          : "+w"(sum), "=&w"(products)
          : "w"(x));
    }
  }
  return burst_rounds * accumulators * 16;
}

std::int64_t burst_float_neon() {
  const float32x4_t x = vdupq_n_f32(0.0F);
  float32x4_t sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (float32x4_t& sum : sums) asm volatile("fmla %0.4s, %1.4s, %1.4s" : "+w"(sum) : "w"(x));
  }
  return burst_rounds * accumulators * 4;
}

}  // namespace vernier

#endif
