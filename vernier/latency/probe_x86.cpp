// Twelve independent accumulators hide the latency of every one of these instructions. The
// assembler statements keep the compiler from leaving out what nobody reads.
#if defined(__x86_64__)

#include <immintrin.h>

#include <sys/syscall.h>
#include <unistd.h>

#include "vernier/latency/probe_bursts.h"

namespace vernier {
namespace {

constexpr int accumulators = 12;

}  // namespace

bool allow_amx() {
  constexpr int request_permission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr int tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
}

// Four tiles of 16 x 16 sums, each over 64 products.
[[gnu::target("amx-tile,amx-int8")]] std::int64_t burst_amx_int8() {
  alignas(64) unsigned char shapes[64] = {1};
  for (int tile = 0; tile < 8; ++tile) {
    shapes[16 + 2 * tile] = 64;  // bytes of a row
    shapes[48 + tile] = 16;      // rows
  }
  alignas(64) static const unsigned char zeros[1024] = {};
  asm volatile("" : : "r"(shapes) : "memory");  // GCC 12 thinks that only 8 bytes are read
  _tile_loadconfig(shapes);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_loadd(4, zeros, 64);
  _tile_loadd(5, zeros, 64);
  _tile_loadd(6, zeros, 64);
  _tile_loadd(7, zeros, 64);
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
  _tile_release();
  return burst_rounds * 4 * 16 * 16 * 64;
}

[[gnu::target("avx512f,avx512vnni")]] std::int64_t burst_avx512_vnni() {
  const __m512i x = _mm512_setzero_si512();
  __m512i sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (__m512i& sum : sums) asm volatile("vpdpbusd %1, %1, %0" : "+v"(sum) : "v"(x));
  }
  return burst_rounds * accumulators * 64;
}

[[gnu::target("avx2")]] std::int64_t burst_avx_vnni() {
  const __m256i x = _mm256_setzero_si256();
  __m256i sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (__m256i& sum : sums) asm volatile("%{vex%} vpdpbusd %1, %1, %0" : "+x"(sum) : "x"(x));
  }
  return burst_rounds * accumulators * 32;
}

// 8-bit products without VNNI: pairs in 16 bits, pairs of these in 32.
[[gnu::target("avx512f,avx512bw")]] std::int64_t burst_avx512() {
  const __m512i x = _mm512_setzero_si512();
  __m512i sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (__m512i& sum : sums) {
      __m512i pairs;
      asm volatile("vpmaddubsw %2, %2, %1\n\tvpmaddwd %2, %1, %1\n\tvpaddd %1, %0, %0"
                   : "+v"(sum), "=&v"(pairs)
                   : "v"(x));
    }
  }
  return burst_rounds * accumulators * 64;
}

[[gnu::target("avx2")]] std::int64_t burst_avx2() {
  const __m256i x = _mm256_setzero_si256();
  __m256i sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (__m256i& sum : sums) {
      __m256i pairs;
      asm volatile("vpmaddubsw %2, %2, %1\n\tvpmaddwd %2, %1, %1\n\tvpaddd %1, %0, %0"
                   : "+x"(sum), "=&x"(pairs)
                   : "x"(x));
    }
  }
  return burst_rounds * accumulators * 32;
}

[[gnu::target("avx512f")]] std::int64_t burst_float_avx512() {
  const __m512 x = _mm512_setzero_ps();
  __m512 sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (__m512& sum : sums) asm volatile("vfmadd231ps %1, %1, %0" : "+v"(sum) : "v"(x));
  }
  return burst_rounds * accumulators * 16;
}

[[gnu::target("avx2,fma")]] std::int64_t burst_float_avx2() {
  const __m256 x = _mm256_setzero_ps();
  __m256 sums[accumulators] = {};
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
#pragma GCC unroll 12
    for (__m256& sum : sums) asm volatile("vfmadd231ps %1, %1, %0" : "+x"(sum) : "x"(x));
  }
  return burst_rounds * accumulators * 8;
}

}  // namespace vernier

#endif
