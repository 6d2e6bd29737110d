#pragma once

// For the tests of calibrators: synthetic data and the specs that they are tried with.

#include <cmath>
#include <vector>

#include "vernier/base/random.h"
#include "vernier/calib/calibrator.h"
#include "vernier/quant/affine.h"

namespace vernier {

inline std::vector<float> gauss_values(std::size_t count, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

inline std::vector<float> laplace_values(std::size_t count, std::uint64_t seed = 1) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    const double magnitude = -std::log(1.0 - random.uniform());
    value = static_cast<float>(random.below(2) == 0 ? magnitude : -magnitude);
  }
  return values;
}

inline std::vector<float> rectified(std::vector<float> values) {
  for (float& value : values) value = std::max(value, 0.0F);
  return values;
}

inline std::vector<float> times(std::vector<float> values, float factor) {
  for (float& value : values) value *= factor;
  return values;
}

inline std::vector<float> with(std::vector<float> values, float another) {
  values.push_back(another);
  return values;
}

inline QuantSpec signed_spec(int bits, bool narrow = false) {
  return {.range = signed_range(bits, narrow)};
}
inline QuantSpec unsigned_spec(int bits) { return {.range = unsigned_range(bits)}; }
inline QuantSpec asymmetric_spec(int bits) {
  return {.range = unsigned_range(bits), .symmetric = false};
}

inline std::vector<QuantSpec> all_specs() {
  std::vector<QuantSpec> result;
  for (const int bits : {2, 4, 8, 16}) {
    for (QuantSpec spec :
         {signed_spec(bits), signed_spec(bits, true), unsigned_spec(bits), asymmetric_spec(bits)}) {
      result.push_back(spec);
      spec.power_of_two_scale = true;
      result.push_back(spec);
    }
  }
  return result;
}

/// The sum of |x - Q(x)|^power over the values themselves.
inline double true_error(std::vector<float> values, Range range, const QuantSpec& spec,
                         double power = 2.0) {
  const std::vector<float> before = values;
  fake_quantize(values, choose_params(range, spec), spec);
  double sum = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i)
    sum += std::pow(std::abs(static_cast<double>(values[i]) - before[i]), power);
  return sum;
}

}  // namespace vernier
