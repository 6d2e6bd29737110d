// y = x P(x^2) / Q(x^2) + 1/2, both polynomials by Horner's rule. The coefficients are those of the
// rational approximation that ONNX Runtime's MLAS took over from Eigen.

#include "vernier/quant/rational_logistic.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace vernier {
namespace {

constexpr std::array numerator = {4.37031012579801e-11F, 1.15627324459942e-07F,
                                  6.08574864600143e-05F, 8.51377133304701e-03F,
                                  2.48287947061529e-01F};
constexpr std::array denominator = {6.10247389755681e-13F, 5.76102136993427e-09F,
                                    6.29106785017040e-06F, 1.70198817374094e-03F,
                                    1.16817656904453e-01F, 9.93151921023180e-01F};

template <typename Coefficients>
float polynomial(const Coefficients& coefficients, float t) {
  float sum = coefficients[0];
  for (std::size_t i = 1; i < coefficients.size(); ++i) sum = std::fma(sum, t, coefficients[i]);
  return sum;
}

}  // namespace

float rational_logistic(float x) {
  constexpr float most = 18.0F;
  const float inside = std::clamp(x, -most, most);
  const float t = inside * inside;
  const float quotient = polynomial(numerator, t) * inside / polynomial(denominator, t);
  return std::clamp(quotient + 0.5F, 0.0F, 1.0F);
}

}  // namespace vernier
