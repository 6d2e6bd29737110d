#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace vernier {

/// A share with its 95 % interval (Wilson, JASA 1927): right near 0 and 1 and for few samples.
struct Share {
  std::int64_t hits = 0;
  std::int64_t count = 0;

  double value() const;  ///< 0 for no samples
  double low() const;
  double high() const;
};

/// Position of the largest element, the first of equals: the predicted class. Not for an empty
/// span.
std::int64_t argmax(std::span<const float> scores);

/// Judges the output of one image against its label.
struct Metric {
  std::string_view name;
  std::string_view help;
  bool (*hit)(std::span<const float> scores, std::int64_t label);
};

std::span<const Metric> metrics();

}  // namespace vernier
