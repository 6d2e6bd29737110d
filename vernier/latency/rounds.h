#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "vernier/latency/probe.h"
#include "vernier/latency/sample.h"

namespace vernier {

/// Somebody who runs a network: one command a sample, a process of its own each.
struct Contender {
  std::string engine;     ///< "vernier", "openvino", ...
  std::string precision;  ///< "int8" or "fp32"
  std::vector<std::string> command;
  std::vector<std::string> environment = {};
};

/// A sample and how quiet the machine was.
struct WatchedSample {
  TimeSample sample;
  double probe = 0.0;   ///< GMAC/s on average, the lesser of the one before and the one after
  double burst = 0.0;   ///< GMAC/s of the fastest burst before or after: the peak at that clock
  double others = 0.0;  ///< share of our cores that other programs and other guests took
};

/// Alone on the cores: the probe reaches 93 % of the machine's best, others took less than 5 %, and
/// the runs were interrupted less than 20 times a second.
bool is_quiet(const WatchedSample& sample, double best_probe);

/// What a contender did, round by round; no value where a round was not run.
struct Turns {
  Contender contender;
  std::vector<std::optional<WatchedSample>> rounds;
  std::string problem;  ///< why it was not measured, in one line
};

struct RoundOptions {
  int threads = 1;
  int samples =
      7;  ///< quiet ones that each contender is to have, in at most three times as many rounds
  const Probe* probe = nullptr;  ///< of integers: tells whether a sample was quiet
  double patience = 2.0;         ///< seconds that a sample waits for quiet cores at most
};

struct Match {
  std::vector<Turns> turns;  ///< one a contender
  double best_probe = 0.0;   ///< of all bursts that were taken, of all threads together
  double best_float = 0.0;   ///< the same of float_probe, taken once a round
};

/// Lets the contenders take turns, in another order each round, on the quietest cores. A contender
/// that fails says why and takes no further part.
Match take_turns(const std::vector<Contender>& contenders, const RoundOptions& options,
                 const std::function<void(int done, int most)>& progress = {});

}  // namespace vernier
