#include "vernier/latency/probe.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#include "vernier/latency/probe_bursts.h"

namespace vernier {
namespace {

bool always() { return true; }

#if defined(__x86_64__)
struct Leaf {
  unsigned int a = 0;
  unsigned int b = 0;
  unsigned int c = 0;
  unsigned int d = 0;
};

Leaf features(unsigned int part) {
  Leaf leaf;
  __get_cpuid_count(7, part, &leaf.a, &leaf.b, &leaf.c, &leaf.d);
  return leaf;
}

bool has_amx() { return (features(0).d >> 25U & 1U) != 0 && allow_amx(); }
bool has_avx512() { return __builtin_cpu_supports("avx512bw") != 0; }
bool has_avx512_vnni() { return has_avx512() && __builtin_cpu_supports("avx512vnni") != 0; }
bool has_avx2() { return __builtin_cpu_supports("avx2") != 0; }
bool has_avx_vnni() { return has_avx2() && (features(1).a >> 4U & 1U) != 0; }
bool has_fma() { return has_avx2() && __builtin_cpu_supports("fma") != 0; }

constexpr std::array integers = {
    Probe{"amx_int8", has_amx, burst_amx_int8},
    Probe{"avx512_vnni", has_avx512_vnni, burst_avx512_vnni},
    Probe{"avx_vnni", has_avx_vnni, burst_avx_vnni},
    Probe{"avx512", has_avx512, burst_avx512},
    Probe{"avx2", has_avx2, burst_avx2},
    Probe{"ref", always, burst_scalar},
};
constexpr std::array floats = {
    Probe{"avx512", has_avx512, burst_float_avx512},
    Probe{"avx2", has_fma, burst_float_avx2},
    Probe{"ref", always, burst_scalar},
};
#elif defined(__aarch64__)
bool has_dotprod() { return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0; }

constexpr std::array integers = {
    Probe{"neon_dotprod", has_dotprod, burst_dotprod},
    Probe{"neon", always, burst_neon},
    Probe{"ref", always, burst_scalar},
};
constexpr std::array floats = {
    Probe{"neon", always, burst_float_neon},
    Probe{"ref", always, burst_scalar},
};
#else
constexpr std::array integers = {Probe{"ref", always, burst_scalar}};
constexpr std::array floats = {Probe{"ref", always, burst_scalar}};
#endif

ProbeRate one_thread(const Probe& probe, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  auto last = begin;
  double total = 0.0;
  ProbeRate rate;
  while (last - begin < std::chrono::duration<double>(seconds)) {
    const auto macs = static_cast<double>(probe.burst());
    const auto now = Clock::now();
    const double nanoseconds = std::chrono::duration<double, std::nano>(now - last).count();
    rate.best = std::max(rate.best, macs / nanoseconds);
    total += macs;
    last = now;
  }
  rate.average = total / std::chrono::duration<double, std::nano>(last - begin).count();
  return rate;
}

}  // namespace

std::int64_t burst_scalar() {
  std::int64_t sum = 0;
  std::int64_t x = 1;
  for (std::int64_t round = 0; round < burst_rounds; ++round) {
    asm volatile("" : "+r"(sum), "+r"(x));
    sum += x * x;
  }
  return burst_rounds;
}

std::vector<const Probe*> integer_probes() {
  std::vector<const Probe*> supported;
  for (const Probe& each : integers)
    if (each.supported()) supported.push_back(&each);
  return supported;
}

const Probe& integer_probe(std::string_view isa) {
  const std::vector<const Probe*> supported = integer_probes();
  const auto found =
      std::ranges::find_if(supported, [&](const Probe* each) { return each->name == isa; });
  return found == supported.end() ? *supported.front() : **found;
}

const Probe& float_probe() {
  return *std::ranges::find_if(floats, [](const Probe& each) { return each.supported(); });
}

ProbeRate probe_rate(const Probe& probe, int threads, double seconds) {
  std::vector<ProbeRate> rates(static_cast<std::size_t>(threads));
  std::vector<std::thread> helpers;
  for (std::size_t i = 1; i < rates.size(); ++i)
    helpers.emplace_back([&, i] { rates[i] = one_thread(probe, seconds); });
  rates[0] = one_thread(probe, seconds);
  for (std::thread& each : helpers) each.join();
  ProbeRate sum;
  for (const ProbeRate& each : rates) {
    sum.average += each.average;
    sum.best += each.best;
  }
  return sum;
}

}  // namespace vernier
