#pragma once

#include <span>
#include <vector>

#include "vernier/ir/op.h"
#include "vernier/loops/window.h"

namespace vernier {

/// How the spatial axes of x and of the result meet under Conv, ConvTranspose, AveragePool,
/// MaxPool, or one window over the whole plane (the global pools, ReduceMean). More than three
/// spatial axes are an Error, and so is a kernel of more than 2^24 elements. `kernel` holds the
/// spatial sizes of the weight, if there is one.
Window spatial_window(const Op& op, const Shape& x, const Shape& y,
                      std::span<const std::int64_t> kernel = {});

/// How many elements the average of each position divides by, row-major: those of the window that
/// lie in x, or in the padded x (count_include_pad).
std::vector<std::int64_t> window_counts(const Op& op, const Window& window);

}  // namespace vernier
