#pragma once

// Private to import/: what every operator with a sliding window has in its attributes.

#include <cstdint>
#include <string_view>

#include "vernier/import/onnx_node.h"

namespace vernier {

/// One entry a spatial axis; `pads` all begins, then all ends.
struct OnnxWindow {
  Ints kernel;
  Ints strides;
  Ints dilations;
  Ints pads;
};

/// An attribute of a number from `least` to 2^30 for each spatial axis of input 0, which is [N, C,
/// spatial...]; without it, all are `least`.
Ints read_spatial(OnnxNode& node, std::string_view name, std::int64_t least);

/// Reads kernel_shape, strides, dilations, pads and auto_pad. `kernel` is what the weight says;
/// empty: the attribute says it.
OnnxWindow read_window(OnnxNode& node, const Ints& kernel);

/// How many elements one position of the window spans along a spatial axis.
std::int64_t window_reach(const OnnxWindow& window, std::size_t axis);

}  // namespace vernier
