#include "vernier/latency/sample.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include <sys/resource.h>

namespace vernier {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int warm_up_runs = 3;
constexpr std::size_t least_runs = 5;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

std::int64_t preemptions() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_nivcsw;
}

// Calls run() until the time is over, and gives it the number of the run.
template <typename Run>
void repeat(double seconds, const Run& run) {
  const auto begin = Clock::now();
  for (std::size_t count = 0; count < least_runs || ms_since(begin) < 1e3 * seconds; ++count) run();
}

}  // namespace

double quantile_of(std::vector<double> values, double part) {
  std::ranges::sort(values);
  const double place = part * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(place));
  const std::size_t above = std::min(below + 1, values.size() - 1);
  const double share = place - std::floor(place);
  return values[below] * (1.0 - share) + values[above] * share;
}

TimeSummary summary_of(const std::vector<double>& ms) {
  const double median = median_of(ms);
  const double spread = quantile_of(ms, 0.75) - quantile_of(ms, 0.25);
  return {.median_ms = median,
          .min_ms = std::ranges::min(ms),
          .spread = median > 0.0 ? spread / median : 0.0};
}

double TimeSample::median_ms() const { return median_of(ms); }

TimeSample take_sample(const std::filesystem::path& path, const SubjectOptions& options,
                       double seconds) {
  const auto begin = Clock::now();
  const Subject subject = open_subject(path, options);
  subject.run({});
  TimeSample sample{.startup_ms = ms_since(begin)};
  for (int i = 1; i < warm_up_runs; ++i) subject.run({});
  const std::int64_t before = preemptions();
  repeat(seconds, [&] {
    const auto start = Clock::now();
    subject.run({});
    sample.ms.push_back(ms_since(start));
  });
  sample.preemptions = preemptions() - before;
  return sample;
}

std::vector<TimeSummary> time_steps(const Subject& subject, double seconds) {
  std::vector<std::vector<double>> times(subject.steps.size());
  std::vector<double> run(subject.steps.size());
  for (int i = 0; i < warm_up_runs; ++i) subject.run({});
  repeat(seconds, [&] {
    std::ranges::fill(run, 0.0);
    auto last = Clock::now();
    subject.run([&](std::size_t step) {
      const auto now = Clock::now();
      run[step] += std::chrono::duration<double, std::milli>(now - last).count();
      last = now;
    });
    for (std::size_t step = 0; step < run.size(); ++step) times[step].push_back(run[step]);
  });
  std::vector<TimeSummary> result(times.size());
  std::ranges::transform(times, result.begin(), summary_of);
  return result;
}

}  // namespace vernier
