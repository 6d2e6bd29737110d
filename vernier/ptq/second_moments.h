#pragma once

#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include "vernier/base/tensor.h"

namespace vernier {

/// Sums of x x^T over what a layer multiplies its weights with, x the integers under one row of
/// weights, one matrix a group. The sums are whole numbers below 2^53 and so exact: they are the
/// same whoever sees which image first.
class SecondMoments {
 public:
  SecondMoments(std::size_t groups, std::size_t depth);

  /// Columns of exact_columns(), from any thread.
  void see(const Tensor& columns);
  /// Makes the sums of each group the lower triangle of its covariance.
  void finish();
  std::span<double> of(std::size_t group) {
    return std::span(sums_).subspan(group * depth_ * depth_, depth_ * depth_);
  }

 private:
  void add(std::span<const double> samples, std::size_t group, std::size_t row);

  std::size_t groups_;
  std::size_t depth_;
  std::vector<double> sums_;
  std::vector<double> means_;
  double count_ = 0.0;
  std::vector<std::mutex> locks_;  // one for some rows
};

/// What they take.
constexpr std::int64_t moment_bytes(std::int64_t groups, std::int64_t depth) {
  return groups * depth * depth * static_cast<std::int64_t>(sizeof(double));
}

}  // namespace vernier
