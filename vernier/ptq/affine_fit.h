#pragma once

#include <cstdint>

namespace vernier {

/// Sums over pairs of what a channel should be (target) and what it is (found).
struct PairSums {
  std::int64_t count = 0;
  double target = 0.0;
  double found = 0.0;
  double product = 0.0;
  double found_squares = 0.0;

  void see(double wanted, double got) {
    ++count;
    target += wanted;
    found += got;
    product += wanted * got;
    found_squares += got * got;
  }
  PairSums& operator+=(const PairSums& other);
};

/// target ~ gain * found + bias.
struct AffineFit {
  double gain = 1.0;
  double bias = 0.0;
};

/// Least squares; the gain stays 1 where `with_gain` is false, where the found values hardly vary,
/// and where it leaves (0.5, 2): then something else is wrong. It is held within 0.8..1.25.
AffineFit fit(const PairSums& sums, bool with_gain);

}  // namespace vernier
