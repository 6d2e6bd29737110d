#pragma once

#include <cstdint>
#include <span>

namespace vernier {

/// Sums from which the comparisons of a tensor with its reference follow; add up parts in a fixed
/// order.
struct Similarity {
  std::int64_t count = 0;
  double squared_reference = 0.0;
  double squared_value = 0.0;
  double squared_error = 0.0;
  double product = 0.0;

  void add(std::span<const float> reference, std::span<const float> value);
  void add(const Similarity& other);
};

/// Mean squared error; 0 for no elements.
double mse(const Similarity& sums);
/// 10 log10(sum reference^2 / sum error^2) in dB; infinity when nothing differs.
double sqnr_db(const Similarity& sums);
/// Cosine of the angle between the two tensors; 1 when both are zero.
double cosine(const Similarity& sums);

}  // namespace vernier
