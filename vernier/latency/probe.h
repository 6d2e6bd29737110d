#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace vernier {

/// How fast a processor can multiply and add at all: one kind of instruction, back to back, on
/// registers. What a network reaches is told as a share of it.
struct Probe {
  std::string_view name;  ///< the instruction set, in the words of VERNIER_ISA
  bool (*supported)();
  std::int64_t (*burst)();  ///< runs for 20 microseconds or so, returns its multiply-accumulates
};

/// Those of 8-bit integers that this machine can run, fastest first.
std::vector<const Probe*> integer_probes();

/// The one of an instruction set of the engine; the fastest where that has none.
const Probe& integer_probe(std::string_view isa);

/// The fastest of float32.
const Probe& float_probe();

/// GMAC/s of some threads together.
struct ProbeRate {
  double average = 0.0;  ///< less where others ran on the cores
  double best = 0.0;     ///< of single bursts, which hardly anybody interrupts
};
ProbeRate probe_rate(const Probe& probe, int threads, double seconds = 0.04);

}  // namespace vernier
