#include "vernier/quant/fused_addition.h"

namespace vernier {

FusedAddition make_fused_product(const QuantParams& a, const QuantParams& b, const QuantParams& y) {
  return {.a_multiplier = (a.scale * b.scale) / y.scale,
          .offset = static_cast<float>(y.zero_point)};
}

FusedAddition make_fused_addition(const QuantParams& a, const QuantParams& b,
                                  const QuantParams& y) {
  FusedAddition addition{.a_multiplier = a.scale / y.scale, .b_multiplier = b.scale / y.scale};
  const float b_zero = addition.b_multiplier * static_cast<float>(b.zero_point);
  addition.offset = static_cast<float>(y.zero_point) -
                    std::fma(addition.a_multiplier, static_cast<float>(a.zero_point), b_zero);
  return addition;
}

}  // namespace vernier
