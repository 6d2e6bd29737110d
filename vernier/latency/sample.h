#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "vernier/latency/subject.h"

namespace vernier {

/// What one process measures: times of runs one after the other, behind a warm-up.
struct TimeSample {
  std::string version;           ///< of the runtime; who calls take_sample knows ours
  double startup_ms = 0.0;       ///< from opening the file to the first result
  std::vector<double> ms;        ///< of each run
  std::int64_t preemptions = 0;  ///< times that the system took the processor away meanwhile

  double median_ms() const;
};

/// Runs for as long as `seconds` and no fewer than five times.
TimeSample take_sample(const std::filesystem::path& path, const SubjectOptions& options,
                       double seconds);

/// One line of JSON: the language between `vernier bench` and the programs of runtimes/.
std::string to_json(const TimeSample& sample);
/// `who` begins an Error.
TimeSample parse_sample(const std::string& text, std::string_view who);

/// Milliseconds of something over its samples.
struct TimeSummary {
  double median_ms = 0.0;
  double min_ms = 0.0;
  double spread = 0.0;  ///< distance of the quartiles, as a share of the median
};
TimeSummary summary_of(const std::vector<double>& ms);

/// Of each step of a network over its runs; a run adds up its images.
std::vector<TimeSummary> time_steps(const Subject& subject, double seconds);

/// The element in the middle of the sorted ones, or the mean of the two; at part = 0.25 the lower
/// quartile, and so on, interpolated.
double quantile_of(std::vector<double> values, double part);
inline double median_of(std::vector<double> values) { return quantile_of(std::move(values), 0.5); }

}  // namespace vernier
