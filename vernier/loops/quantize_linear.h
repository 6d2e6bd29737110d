#pragma once

// QuantizeLinear and DequantizeLinear as ONNX defines them.

#include <cstdint>

#include "vernier/loops/axis_view.h"

namespace vernier {

/// Scale and zero point for each index of the axis that is in view.
struct LinearParams {
  const float* scales = nullptr;
  const std::int32_t* zero_points = nullptr;
};

/// y = saturate(round(x / scale) + zero_point): a true division, halves to even, NaN gives the
/// lowest integer. For integers of 8 and 16 bits.
template <typename Integer>
void quantize_linear(const AxisView& view, const LinearParams& params, const float* x, Integer* y);

/// y = (x - zero_point) * scale. For integers of 8, 16 and 32 bits.
template <typename Integer>
void dequantize_linear(const AxisView& view, const LinearParams& params, const Integer* x,
                       float* y);

}  // namespace vernier
