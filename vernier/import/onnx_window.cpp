// auto_pad (ONNX, operator Conv): SAME_UPPER and SAME_LOWER give ceil(size / stride) outputs, so
//
//   total = max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - size)
//
// is padded, half on each side, an odd one at the end (UPPER) or at the beginning (LOWER).

#include "vernier/import/onnx_window.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

// Keeps every product and sum below 2^63.
constexpr std::int64_t most = std::int64_t{1} << 30;

Ints same_pads(const OnnxNode& node, const OnnxWindow& window, bool odd_at_end) {
  const Shape x = shape(node, 0);
  const std::size_t spatial = window.kernel.size();
  Ints pads(2 * spatial, 0);
  for (std::size_t axis = 0; axis < spatial; ++axis) {
    const std::int64_t size = x[axis + 2];
    const std::int64_t stride = window.strides[axis];
    const std::int64_t outputs = (size + stride - 1) / stride;
    const std::int64_t total =
        std::max<std::int64_t>(0, (outputs - 1) * stride + window_reach(window, axis) - size);
    pads[axis] = odd_at_end ? total / 2 : total - total / 2;
    pads[axis + spatial] = total - pads[axis];
  }
  return pads;
}

}  // namespace

Ints read_spatial(OnnxNode& node, std::string_view name, std::int64_t least) {
  if (rank(node, 0) < 3) fail("the input is {}, expected [N,C,...]", to_string(shape(node, 0)));
  const auto spatial = static_cast<std::size_t>(rank(node, 0) - 2);
  const Ints values = node.attributes.get(name, Ints(spatial, least));
  if (values.size() != spatial) {
    fail("'{}' has {} numbers, expected {}", name, values.size(), spatial);
  }
  for (const std::int64_t value : values) {
    if (value < least || value > most) fail("'{}' holds {}, expected {}..2^30", name, value, least);
  }
  return values;
}

std::int64_t window_reach(const OnnxWindow& window, std::size_t axis) {
  return window.dilations[axis] * (window.kernel[axis] - 1) + 1;
}

OnnxWindow read_window(OnnxNode& node, const Ints& kernel) {
  OnnxWindow window{.kernel = kernel,
                    .strides = read_spatial(node, "strides", 1),
                    .dilations = read_spatial(node, "dilations", 1),
                    .pads = {}};
  const std::size_t spatial = window.strides.size();
  window.pads = node.attributes.get("pads", Ints(2 * spatial, 0));
  if (kernel.empty() && !node.attributes.has("kernel_shape")) {
    fail("attribute 'kernel_shape' is missing");
  }
  if (node.attributes.has("kernel_shape")) window.kernel = read_spatial(node, "kernel_shape", 1);
  if (!kernel.empty() && window.kernel != kernel) {
    fail("'kernel_shape' is {}, the weight has {}", to_string(window.kernel), to_string(kernel));
  }
  const auto automatic = node.attributes.get<std::string>("auto_pad", "NOTSET");
  if (automatic == "VALID") {
    window.pads.assign(2 * spatial, 0);
  } else if (automatic == "SAME_UPPER" || automatic == "SAME_LOWER") {
    window.pads = same_pads(node, window, automatic == "SAME_UPPER");
  } else if (automatic != "NOTSET") {
    fail("attribute 'auto_pad' is '{}', supported: NOTSET, SAME_UPPER, SAME_LOWER, VALID",
         automatic);
  }
  return window;
}

}  // namespace vernier
