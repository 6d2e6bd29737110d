#pragma once

#include <span>
#include <vector>

namespace vernier {

/// Seconds since the system started.
struct CoreTimes {
  double busy = 0.0;    ///< with programs, ours too
  double stolen = 0.0;  ///< by other guests of the same machine
};

/// Of some cores together; zeros where the system does not tell.
CoreTimes core_times(std::span<const int> cores);

/// Seconds of processor that this process and its finished children have used.
double own_seconds();

/// The cores that this process may use.
std::vector<int> usable_cores();

struct QuietCores {
  std::vector<int> cores;
  double busy = 0.0;  ///< share of the last 0.1 s that they worked, at least one of them
};

/// `count` of `cores` (all where there are no more) that did least in the next 0.1 s.
QuietCores quiet_cores(std::span<const int> cores, std::size_t count);

/// Keeps this thread, and what it starts from now on, on these cores.
void stay_on(std::span<const int> cores);

}  // namespace vernier
