#include "vernier/loops/reduce.h"

#include <algorithm>

#include "vernier/loops/axis_view.h"

namespace vernier {
namespace {

// Every offset of `offsets`, followed by its neighbours along one more axis.
std::vector<std::int64_t> extended(const std::vector<std::int64_t>& offsets, std::int64_t size,
                                   std::int64_t stride) {
  std::vector<std::int64_t> result;
  result.reserve(offsets.size() * static_cast<std::size_t>(size));
  for (const std::int64_t offset : offsets) {
    for (std::int64_t i = 0; i < size; ++i) result.push_back(offset + i * stride);
  }
  return result;
}

template <typename Sum, typename T>
Sum sum_at(const std::vector<std::int64_t>& offsets, const T* x) {
  Sum sum = 0;
  for (const std::int64_t offset : offsets) sum += static_cast<Sum>(x[offset]);
  return sum;
}

template <typename Sum, typename T>
void sum_all(const Reduction& reduction, const T* x, T* y) {
  for (const std::int64_t start : reduction.kept) {
    *y++ = static_cast<T>(sum_at<Sum>(reduction.reduced, x + start));
  }
}

}  // namespace

Reduction plan_reduction(const Shape& shape, std::span<const std::int64_t> axes) {
  const std::vector<std::int64_t> strides = dense_strides(shape);
  Reduction reduction{.kept = {0}, .reduced = {0}};
  // An empty array has nothing to add, however long its other axes are.
  if (element_count(shape) == 0) reduction.reduced.clear();
  for (std::size_t i = 0; i < shape.size(); ++i) {
    const bool reduces =
        axes.empty() || std::ranges::find(axes, static_cast<std::int64_t>(i)) != axes.end();
    auto& offsets = reduces ? reduction.reduced : reduction.kept;
    offsets = extended(offsets, shape[i], strides[i]);
  }
  return reduction;
}

void reduce_sum(const Reduction& reduction, const float* x, float* y) {
  sum_all<double>(reduction, x, y);
}

void reduce_sum(const Reduction& reduction, const std::int64_t* x, std::int64_t* y) {
  sum_all<std::uint64_t>(reduction, x, y);
}

void reduce_sum(const Reduction& reduction, const std::int32_t* x, std::int32_t* y) {
  sum_all<std::uint32_t>(reduction, x, y);
}

void reduce_mean(const Reduction& reduction, const float* x, float* y) {
  const auto count = static_cast<double>(reduction.reduced.size());
  for (const std::int64_t start : reduction.kept) {
    *y++ = static_cast<float>(sum_at<double>(reduction.reduced, x + start) / count);
  }
}

}  // namespace vernier
