#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace vernier {

/// Sums of one image over pairs of what a channel should be (target) and what it is (found), for
/// every channel of a layer.
struct PairSums {
  explicit PairSums(std::size_t channels = 0)
      : target(channels), found(channels), product(channels), found_squares(channels) {}

  /// Of some places of the image, [place, channel].
  void see(std::span<const float> targets, std::span<const float> founds);

  std::int64_t count = 0;  ///< places
  std::vector<double> target;
  std::vector<double> found;
  std::vector<double> product;
  std::vector<double> found_squares;
};

/// target ~ gain * found + bias.
struct AffineFit {
  double gain = 1.0;
  double bias = 0.0;
};

/// Least squares of each channel over all images, whose gains are then drawn to their mean by what
/// chance has to do with them. A gain stays 1 where `with_gain` is false, where the found values
/// hardly vary, and where it leaves (0.5, 2): then something else is wrong. It is held within
/// 0.8..1.25. `images` have as many channels each.
std::vector<AffineFit> fit(std::span<const PairSums> images, bool with_gain);

}  // namespace vernier
