#include "vernier/quant/similarity.h"

#include <cmath>
#include <limits>

#include "vernier/base/error.h"

namespace vernier {

void Similarity::add(std::span<const float> reference, std::span<const float> value) {
  VERNIER_CHECK(reference.size() == value.size());
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double r = reference[i];
    const double v = value[i];
    squared_reference += r * r;
    squared_value += v * v;
    squared_error += (r - v) * (r - v);
    product += r * v;
  }
  count += static_cast<std::int64_t>(reference.size());
}

void Similarity::add(const Similarity& other) {
  count += other.count;
  squared_reference += other.squared_reference;
  squared_value += other.squared_value;
  squared_error += other.squared_error;
  product += other.product;
}

double mse(const Similarity& sums) {
  return sums.count == 0 ? 0.0 : sums.squared_error / static_cast<double>(sums.count);
}

double sqnr_db(const Similarity& sums) {
  if (sums.squared_error == 0.0) return std::numeric_limits<double>::infinity();
  return 10.0 * std::log10(sums.squared_reference / sums.squared_error);
}

double cosine(const Similarity& sums) {
  const double lengths = std::sqrt(sums.squared_reference) * std::sqrt(sums.squared_value);
  if (lengths == 0.0) return sums.squared_reference == sums.squared_value ? 1.0 : 0.0;
  return sums.product / lengths;
}

}  // namespace vernier
