#pragma once

#include "vernier/loops/axis_view.h"

namespace vernier {

/// y = exp(x - max) / sum over the axis; the exponentials and their sum in double. y may be x.
void softmax(const AxisView& view, const float* x, float* y);

/// Local response normalization over channels (Krizhevsky et al., NIPS 2012, section 3.3), as ONNX
/// defines it: y = x / (bias + alpha / size * sum of squares)^beta over `size` channels around each
/// one, those behind it first when `size` is even.
struct LocalResponse {
  float alpha = 1e-4F;
  float beta = 0.75F;
  float bias = 1.0F;
  std::int64_t size = 1;
};
/// The axis of `view` is the channels. y may not be x.
void local_response_normalize(const LocalResponse& params, const AxisView& view, const float* x,
                              float* y);

/// What a batch normalization knows of its channels, one number each.
struct ChannelStatistics {
  const float* scale = nullptr;
  const float* bias = nullptr;
  const float* mean = nullptr;
  const float* variance = nullptr;
  float epsilon = 1e-5F;
};
/// y = (x - mean) / sqrt(variance + epsilon) * scale + bias (Ioffe and Szegedy, ICML 2015,
/// algorithm 2), in double, rounded once. The axis of `view` is the channels. y may be x.
void batch_normalize(const ChannelStatistics& statistics, const AxisView& view, const float* x,
                     float* y);

}  // namespace vernier
