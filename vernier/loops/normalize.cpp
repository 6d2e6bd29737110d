#include "vernier/loops/normalize.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

void softmax_column(const AxisView& view, const float* x, float* y) {
  float largest = x[0];
  for (std::int64_t i = 1; i < view.size; ++i) largest = std::max(largest, x[i * view.inner]);
  double sum = 0.0;
  for (std::int64_t i = 0; i < view.size; ++i) {
    const double power = std::exp(static_cast<double>(x[i * view.inner] - largest));
    sum += power;
    y[i * view.inner] = static_cast<float>(power);
  }
  for (std::int64_t i = 0; i < view.size; ++i) {
    float& value = y[i * view.inner];
    value = static_cast<float>(static_cast<double>(value) / sum);
  }
}

void normalize_column(const LocalResponse& params, const AxisView& view, const float* x, float* y) {
  const std::int64_t behind = params.size / 2;
  const std::int64_t before = params.size - 1 - behind;
  const double factor = static_cast<double>(params.alpha) / static_cast<double>(params.size);
  for (std::int64_t channel = 0; channel < view.size; ++channel) {
    double sum = 0.0;
    const std::int64_t last = std::min(channel + behind, view.size - 1);
    for (std::int64_t i = std::max<std::int64_t>(channel - before, 0); i <= last; ++i) {
      const auto value = static_cast<double>(x[i * view.inner]);
      sum += value * value;
    }
    const double base = static_cast<double>(params.bias) + factor * sum;
    y[channel * view.inner] = static_cast<float>(static_cast<double>(x[channel * view.inner]) /
                                                 std::pow(base, static_cast<double>(params.beta)));
  }
}

}  // namespace

void softmax(const AxisView& view, const float* x, float* y) {
  for (std::int64_t outer = 0; outer < view.outer; ++outer) {
    for (std::int64_t inner = 0; inner < view.inner; ++inner) {
      const std::int64_t start = outer * view.size * view.inner + inner;
      softmax_column(view, x + start, y + start);
    }
  }
}

void local_response_normalize(const LocalResponse& params, const AxisView& view, const float* x,
                              float* y) {
  for (std::int64_t outer = 0; outer < view.outer; ++outer) {
    for (std::int64_t inner = 0; inner < view.inner; ++inner) {
      const std::int64_t start = outer * view.size * view.inner + inner;
      normalize_column(params, view, x + start, y + start);
    }
  }
}

void batch_normalize(const ChannelStatistics& statistics, const AxisView& view, const float* x,
                     float* y) {
  for (std::int64_t row = 0; row < view.outer * view.size; ++row) {
    const std::int64_t channel = row % view.size;
    const double variance =
        static_cast<double>(statistics.variance[channel]) + static_cast<double>(statistics.epsilon);
    const double factor = static_cast<double>(statistics.scale[channel]) / std::sqrt(variance);
    const auto mean = static_cast<double>(statistics.mean[channel]);
    const auto bias = static_cast<double>(statistics.bias[channel]);
    for (std::int64_t i = row * view.inner; i < (row + 1) * view.inner; ++i) {
      y[i] = static_cast<float>((static_cast<double>(x[i]) - mean) * factor + bias);
    }
  }
}

}  // namespace vernier
