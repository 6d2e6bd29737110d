#include "vernier/metrics/metric.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "vernier/base/error.h"

namespace vernier {
namespace {

constexpr double z = 1.959963984540054;  // 97.5 % quantile of the normal distribution

bool top1(std::span<const float> scores, std::int64_t label) { return argmax(scores) == label; }

bool top5(std::span<const float> scores, std::int64_t label) {
  if (label < 0 || label >= static_cast<std::int64_t>(scores.size())) return false;
  const float score = scores[static_cast<std::size_t>(label)];
  return std::ranges::count_if(scores, [&](float other) { return other > score; }) < 5;
}

constexpr std::array table = {
    Metric{"top1", "the largest output is the label", top1},
    Metric{"top5", "fewer than five outputs are larger than the label's", top5},
};

/// Centre and half width of the Wilson interval.
std::pair<double, double> wilson(const Share& share) {
  const auto n = static_cast<double>(share.count);
  const double p = share.value();
  const double scale = 1.0 / (1.0 + z * z / n);
  return {scale * (p + z * z / (2.0 * n)),
          scale * z * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n))};
}

}  // namespace

double Share::value() const {
  return count == 0 ? 0.0 : static_cast<double>(hits) / static_cast<double>(count);
}

double Share::low() const {
  if (count == 0) return 0.0;
  const auto [centre, half] = wilson(*this);
  return std::max(0.0, centre - half);
}

double Share::high() const {
  if (count == 0) return 1.0;
  const auto [centre, half] = wilson(*this);
  return std::min(1.0, centre + half);
}

std::int64_t argmax(std::span<const float> scores) {
  VERNIER_CHECK(!scores.empty());
  return std::ranges::max_element(scores) - scores.begin();
}

std::span<const Metric> metrics() { return table; }

}  // namespace vernier
