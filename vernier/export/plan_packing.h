#pragma once

// Private to export/: weights in the order in which the kernels read them (plan_convolution.h).

#include <cstdint>
#include <vector>

#include "vernier/export/plan_builder.h"

namespace vernier {

/// Weights of a layer without their zero points, seen as those of a convolution.
struct Weights {
  std::vector<std::int32_t> values;
  std::int64_t groups = 1;
  std::int64_t outputs = 0;  ///< of one group
  std::int64_t inputs = 0;   ///< of one group
  std::int64_t taps = 1;
  bool transposed = false;

  /// `output` counts through all groups, `input` in its group.
  std::int32_t at(std::int64_t output, std::int64_t input, std::int64_t tap) const {
    std::int64_t position = (output * inputs + input) * taps + tap;
    if (transposed) {
      // [C, O / group, KH, KW], and a transposed convolution is one with the kernel turned about.
      const std::int64_t channel = output / outputs * inputs + input;
      position = (channel * outputs + output % outputs) * taps + (taps - 1 - tap);
    }
    return values[static_cast<std::size_t>(position)];
  }
};
Weights weights_of(const IntegerLinear& op);

/// Stretches of neighbours of x. Each begins with a tap and may run over those right of it.
struct Runs {
  std::vector<std::int64_t> offsets;  ///< from the first tap
  std::vector<std::int64_t> taps;     ///< the tap with which each begins
  std::int64_t length = 0;
  std::int64_t pixel = 0;  ///< elements from one tap to the next within a run
};
Runs runs_of(const Window& window, const Weights& weights, const Image& x);

/// The smallest element that holds all weights.
WeightElement element_of(const Weights& weights);

/// Packed for Convolve, or for ConvolveDepthwise: the place of the constants.
std::int64_t pack(Plan& plan, const Weights& weights, const Runs& runs);
std::int64_t pack_depthwise(Plan& plan, const Weights& weights, const TapGrid& taps);

/// Numbers for each channel in the order of the packed ones, which has gaps behind the groups.
class PackedOrder {
 public:
  /// Every group takes whole panels.
  PackedOrder(std::int64_t groups, std::int64_t group_channels);

  /// number(channel) for every channel, as constants.
  template <typename T, typename Number>
  std::int64_t add(Plan& plan, const Number& number) const {
    std::vector<T> packed(static_cast<std::size_t>(groups_ * places_), T{});
    for (std::int64_t channel = 0; channel < groups_ * channels_; ++channel) {
      const std::int64_t place = channel / channels_ * places_ + channel % channels_;
      packed[static_cast<std::size_t>(place)] = number(static_cast<std::size_t>(channel));
    }
    return add_constants<T>(plan, packed);
  }

 private:
  std::int64_t groups_;
  std::int64_t channels_;
  std::int64_t places_;
};

}  // namespace vernier
