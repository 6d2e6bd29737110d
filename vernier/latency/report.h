#pragma once

#include <string>
#include <vector>

#include "vernier/latency/rows.h"
#include "vernier/latency/subject.h"

namespace vernier {

struct NamedRate {
  std::string name;
  double gmacs = 0.0;
};

/// What the figures were taken on.
struct BenchMachine {
  std::string cpu;
  std::string isa;                ///< of our kernels
  std::vector<NamedRate> probes;  ///< of one core, 8-bit integers, fastest first
  NamedRate peak;                 ///< the one that shares are told of
  NamedRate float_peak;
};

struct BenchLayer {
  StepWork work;
  TimeSummary time;
  double gmacs = 0.0;
  double peak_share = 0.0;
};

struct BenchRatio {
  Contender against;
  double ratio = 0.0;
};

/// All that one `vernier bench` has found.
struct BenchReport {
  BenchMachine machine;
  BenchCase what;
  std::vector<BenchRow> rows;  ///< ours first
  std::vector<BenchRatio> ratios;
  std::vector<std::string> problems;  ///< contenders that were not measured, and why
  std::vector<BenchLayer> layers;
  bool layers_quiet = true;
  std::int64_t file_bytes = 0;
  std::int64_t activation_bytes = 0;
};

/// For people.
std::string bench_table(const BenchReport& report);
/// In the order of the network.
std::string layer_table(const BenchReport& report);
/// Schema 1.
std::string bench_json(const BenchReport& report);

}  // namespace vernier
