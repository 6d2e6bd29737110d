#include "vernier/loops/quantize_linear.h"

#include <limits>
#include <span>
#include <type_traits>

#include "vernier/base/round_by_addition.h"
#include "vernier/base/vector_clones.h"

namespace vernier {
namespace {

struct Channel {
  float scale;
  std::int32_t zero_point;
};

template <typename Integer>
VERNIER_VECTOR_CLONES void convert(const Channel& channel, std::span<const float> x, Integer* y) {
  const auto lo = static_cast<float>(std::numeric_limits<Integer>::min() - channel.zero_point);
  const auto hi = static_cast<float>(std::numeric_limits<Integer>::max() - channel.zero_point);
  for (std::size_t i = 0; i < x.size(); ++i) {
    float steps = x[i] / channel.scale;
    steps = steps > lo ? steps : lo;
    steps = steps < hi ? steps : hi;
    const auto rounded = static_cast<std::int32_t>(round_by_addition(steps));
    y[i] = static_cast<Integer>(rounded + channel.zero_point);
  }
}

// The difference has more than 32 bits where the integers have 32.
template <typename Integer>
VERNIER_VECTOR_CLONES void convert(const Channel& channel, std::span<const Integer> x, float* y) {
  using Difference = std::conditional_t<sizeof(Integer) == 4, std::int64_t, std::int32_t>;
  for (std::size_t i = 0; i < x.size(); ++i)
    y[i] = static_cast<float>(Difference{x[i]} - channel.zero_point) * channel.scale;
}

// The whole array, a run of one channel after the other.
template <typename From, typename To>
void convert_runs(const AxisView& view, const LinearParams& params, const From* x, To* y) {
  for (std::int64_t row = 0; row < view.outer * view.size; ++row) {
    const std::int64_t index = row % view.size;
    const std::int64_t begin = row * view.inner;
    convert({params.scales[index], params.zero_points[index]},
            std::span(x + begin, static_cast<std::size_t>(view.inner)), y + begin);
  }
}

}  // namespace

template <typename Integer>
void quantize_linear(const AxisView& view, const LinearParams& params, const float* x, Integer* y) {
  convert_runs(view, params, x, y);
}

template <typename Integer>
void dequantize_linear(const AxisView& view, const LinearParams& params, const Integer* x,
                       float* y) {
  convert_runs(view, params, x, y);
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
