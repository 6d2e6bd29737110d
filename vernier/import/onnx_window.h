#pragma once

// Private to import/: what every operator with a sliding window has in its attributes.

#include "vernier/import/onnx_node.h"

namespace vernier {

/// One entry a spatial axis; `pads` all begins, then all ends.
struct OnnxWindow {
  Ints kernel;
  Ints strides;
  Ints dilations;
  Ints pads;
};

/// Reads kernel_shape, strides, dilations, pads and auto_pad of a node whose input 0 is [N, C,
/// spatial...]. `kernel` is what the weight says; empty: the attribute says it.
OnnxWindow read_window(OnnxNode& node, const Ints& kernel);

/// How many elements one position of the window spans along a spatial axis.
std::int64_t window_reach(const OnnxWindow& window, std::size_t axis);

}  // namespace vernier
