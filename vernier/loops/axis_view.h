#pragma once

#include <cstdint>
#include <span>

#include "vernier/base/tensor.h"

namespace vernier {

/// A dense array seen from one of its axes: [outer, size, inner].
struct AxisView {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;
};

inline AxisView axis_view(const Shape& shape, std::int64_t axis) {
  AxisView view;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(shape.size()); ++i) {
    const std::int64_t size = shape[static_cast<std::size_t>(i)];
    (i < axis ? view.outer : i == axis ? view.size : view.inner) *= size;
  }
  return view;
}

/// Distance in elements between neighbours along each axis of a dense, row-major array.
inline std::vector<std::int64_t> dense_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

}  // namespace vernier
