#pragma once

#include "vernier/loops/window.h"

namespace vernier {

/// The geometry of a convolution or a transposed convolution; channels as a whole, not a group's.
struct Convolution {
  Window window;
  std::int64_t batch = 1;
  std::int64_t channels_in = 1;
  std::int64_t channels_out = 1;
  std::int64_t group = 1;
};

/// x [batch, channels_in, space], y [batch, channels_out, space], bias [channels_out];
/// weight [channels_out, channels_in / group, kernel] for `convolve`,
/// [channels_in, channels_out / group, kernel] for `convolve_transposed`.
struct ConvolutionArrays {
  const float* x = nullptr;
  const float* weight = nullptr;
  const float* bias = nullptr;
  float* y = nullptr;
};

/// The order of the additions is part of the definition: in float, from 0, over the input channels,
/// for each over the kernel's depth, rows, columns (taps outside of x are left out); the bias last.
void convolve(const Convolution& convolution, const ConvolutionArrays& arrays);

/// Adds in the same order: what each input channel and tap of the kernel scatter onto an element.
void convolve_transposed(const Convolution& convolution, const ConvolutionArrays& arrays);

}  // namespace vernier
