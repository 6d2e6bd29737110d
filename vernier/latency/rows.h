#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "vernier/latency/rounds.h"

namespace vernier {

/// What the figures of a match are told in.
struct BenchCase {
  std::string model;
  std::int64_t batch = 1;
  int threads = 1;
  std::int64_t macs = 0;      ///< of one run
  double integer_peak = 0.0;  ///< GMAC/s of all threads together
  double float_peak = 0.0;
};

/// A contender in figures.
struct BenchRow {
  Contender contender;
  std::string version;
  double median_ms = 0.0;  ///< of the medians of the samples
  double min_ms = 0.0;     ///< of all runs
  double spread = 0.0;     ///< distance of the quartiles of the samples, as a share of the median
  double startup_ms = 0.0;
  int samples = 0;
  int discarded = 0;
  bool quiet = true;  ///< else fewer than three samples were, and all of them count
  double gmacs = 0.0;
  double peak_share = 0.0;  ///< median over the samples, each at the clock of its own probe
};

/// None for a contender without samples.
std::optional<BenchRow> row_of(const Turns& turns, const Match& match, const BenchCase& what);

/// Median time of `theirs` over that of `ours` in the rounds that were quiet for both; in all
/// rounds where these are fewer than three. Above 1: we are faster.
std::optional<double> ratio_of(const Turns& ours, const Turns& theirs, double best_probe);

}  // namespace vernier
