#include "vernier/latency/rounds.h"

#include <algorithm>
#include <chrono>

#include "vernier/base/error.h"
#include "vernier/base/process.h"
#include "vernier/latency/cores.h"

namespace vernier {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double quiet_probe = 0.93;
constexpr double quiet_others = 0.05;
constexpr double quiet_preemptions = 20.0;  // a second
constexpr double quiet_core = 0.1;          // share of the time
constexpr int most_rounds = 3;              // for each sample that is wanted

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// The cores of a match, back to what they were at its end.
class Cores {
 public:
  Cores() : all_(usable_cores()) {}
  ~Cores() { stay_on(all_); }
  Cores(const Cores&) = delete;
  Cores& operator=(const Cores&) = delete;

  /// Waits a while for cores that nobody else uses.
  std::vector<int> choose(const RoundOptions& options) const {
    const auto begin = Clock::now();
    QuietCores chosen;
    do {
      chosen = quiet_cores(all_, static_cast<std::size_t>(options.threads));
    } while (chosen.busy > quiet_core && seconds_since(begin) < options.patience);
    stay_on(chosen.cores);
    return chosen.cores;
  }

 private:
  std::vector<int> all_;
};

TimeSample sample_of(const Contender& contender) {
  const ProcessResult result = run_process(contender.command, contender.environment);
  if (result.status == 0) return parse_sample(result.output, contender.engine);
  const std::string line = last_line(result.errors);
  fail("{}", line.empty() ? fmt::format("exit status {}", result.status) : line);
}

WatchedSample watched(const Contender& contender, const RoundOptions& options,
                      const std::vector<int>& cores) {
  const ProbeRate rate_before = probe_rate(*options.probe, options.threads);
  const CoreTimes before = core_times(cores);
  const double own = own_seconds();
  const auto begin = Clock::now();
  WatchedSample result{.sample = sample_of(contender)};
  const double elapsed = seconds_since(begin);
  const CoreTimes after = core_times(cores);
  const double taken = after.busy + after.stolen - before.busy - before.stolen;
  const double ours = own_seconds() - own;
  result.others = std::max(taken - ours, 0.0) / (elapsed * static_cast<double>(cores.size()));
  const ProbeRate rate_after = probe_rate(*options.probe, options.threads);
  result.probe = std::min(rate_before.average, rate_after.average);
  result.burst = std::max(rate_before.best, rate_after.best);
  return result;
}

// `best_probe` learns what the probe has reached.
void take_turn(Turns& turns, const RoundOptions& options, const Cores& cores, double& best_probe) {
  turns.rounds.emplace_back();
  if (!turns.problem.empty()) return;
  try {
    turns.rounds.back() = watched(turns.contender, options, cores.choose(options));
    best_probe = std::max(best_probe, turns.rounds.back()->burst);
  } catch (const Error& error) {
    turns.problem = error.what();
  }
}

bool has_enough(const Turns& turns, const Match& match, int samples) {
  if (!turns.problem.empty()) return true;
  return samples <= std::ranges::count_if(turns.rounds, [&](const auto& each) {
           return each && is_quiet(*each, match.best_probe);
         });
}

}  // namespace

bool is_quiet(const WatchedSample& sample, double best_probe) {
  double milliseconds = 0.0;
  for (const double each : sample.sample.ms) milliseconds += each;
  const double preemptions = static_cast<double>(sample.sample.preemptions) / (1e-3 * milliseconds);
  return sample.probe >= quiet_probe * best_probe && sample.others < quiet_others &&
         preemptions < quiet_preemptions;
}

Match take_turns(const std::vector<Contender>& contenders, const RoundOptions& options,
                 const std::function<void(int done, int most)>& progress) {
  const Cores cores;
  Match match;
  for (const Contender& each : contenders) match.turns.push_back({each, {}, {}});
  const int most = most_rounds * options.samples;
  for (int round = 0; round < most; ++round) {
    for (std::size_t i = 0; i < contenders.size(); ++i) {
      Turns& turns = match.turns[(i + static_cast<std::size_t>(round)) % contenders.size()];
      take_turn(turns, options, cores, match.best_probe);
    }
    match.best_float = std::max(match.best_float, probe_rate(float_probe(), options.threads).best);
    if (progress) progress(round + 1, most);
    if (round + 1 >= options.samples && std::ranges::all_of(match.turns, [&](const Turns& each) {
          return has_enough(each, match, options.samples);
        }))
      break;
  }
  return match;
}

}  // namespace vernier
