#include "vernier/loops/quantize_linear.h"

#include <limits>

#include "vernier/base/round_by_addition.h"

namespace vernier {
namespace {

struct Channel {
  float scale;
  std::int32_t zero_point;
};

template <typename Integer>
Integer quantized(float x, const Channel& channel) {
  const auto lo = static_cast<float>(std::numeric_limits<Integer>::min() - channel.zero_point);
  const auto hi = static_cast<float>(std::numeric_limits<Integer>::max() - channel.zero_point);
  float steps = x / channel.scale;
  steps = steps > lo ? steps : lo;
  steps = steps < hi ? steps : hi;
  const auto rounded = static_cast<std::int32_t>(round_by_addition(steps));
  return static_cast<Integer>(rounded + channel.zero_point);
}

template <typename Integer>
float dequantized(Integer x, const Channel& channel) {
  return static_cast<float>(std::int64_t{x} - channel.zero_point) * channel.scale;
}

// y = f(x, channel) over the whole array.
template <auto Function, typename From, typename To>
void apply(const AxisView& view, const LinearParams& params, const From* x, To* y) {
  for (std::int64_t row = 0; row < view.outer * view.size; ++row) {
    const std::int64_t index = row % view.size;
    const Channel channel{params.scales[index], params.zero_points[index]};
    for (std::int64_t i = row * view.inner; i < (row + 1) * view.inner; ++i) {
      y[i] = Function(x[i], channel);
    }
  }
}

}  // namespace

template <typename Integer>
void quantize_linear(const AxisView& view, const LinearParams& params, const float* x, Integer* y) {
  apply<quantized<Integer>>(view, params, x, y);
}

template <typename Integer>
void dequantize_linear(const AxisView& view, const LinearParams& params, const Integer* x,
                       float* y) {
  apply<dequantized<Integer>>(view, params, x, y);
}

template void quantize_linear(const AxisView&, const LinearParams&, const float*, std::int8_t*);
template void quantize_linear(const AxisView&, const LinearParams&, const float*, std::uint8_t*);
template void quantize_linear(const AxisView&, const LinearParams&, const float*, std::int16_t*);
template void quantize_linear(const AxisView&, const LinearParams&, const float*, std::uint16_t*);
template void dequantize_linear(const AxisView&, const LinearParams&, const std::int8_t*, float*);
template void dequantize_linear(const AxisView&, const LinearParams&, const std::uint8_t*, float*);
template void dequantize_linear(const AxisView&, const LinearParams&, const std::int16_t*, float*);
template void dequantize_linear(const AxisView&, const LinearParams&, const std::uint16_t*, float*);
template void dequantize_linear(const AxisView&, const LinearParams&, const std::int32_t*, float*);

}  // namespace vernier
