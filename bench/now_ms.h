#pragma once

#include <time.h>

namespace vernier {

/// A time of which only differences mean something. For one thread its time on a processor, so that
/// what else runs on the machine counts little; for several the time of the clock.
inline double now_ms(int threads) {
  timespec time = {};
  clock_gettime(threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC, &time);
  return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_nsec) * 1e-6;
}

}  // namespace vernier
