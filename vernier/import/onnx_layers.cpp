// Layers with weights, and normalizations.

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"
#include "vernier/import/onnx_window.h"

namespace vernier {
namespace {

// The spatial sizes of a weight [*, *, spatial...] that fits input 0.
Ints weight_kernel(const OnnxNode& node) {
  const Shape weight = shape(node, 1);
  if (weight.size() < 3 || rank(node, 0) != rank(node, 1)) {
    fail("the input is {}, the weight {}; expected as many axes, three or more",
         to_string(shape(node, 0)), to_string(weight));
  }
  Ints kernel(weight.begin() + 2, weight.end());
  if (std::ranges::count(kernel, 0) > 0) fail("the weight is {}", to_string(weight));
  return kernel;
}

// Every layer has a bias: zeros where the file has none.
ValueId bias(OnnxNode& node, std::size_t position, std::int64_t channels) {
  if (const auto given = input_if_any(node, position)) return *given;
  node.graph.spend(channels);
  return emit_constant(node, "bias", Tensor(DType::f32, {channels}));
}

// A transposed convolution may ask for its output's size instead of giving pads; what is missing
// is output padding. `pads` of `window` are replaced.
void pads_from_output(const OnnxNode& node, const Ints& sizes, bool odd_at_end, OnnxWindow& window,
                      Ints& output_padding) {
  const Shape x = shape(node, 0);
  const std::size_t spatial = window.kernel.size();
  if (sizes.size() != spatial) {
    fail("'output_shape' has {} numbers, expected {}", sizes.size(), spatial);
  }
  for (std::size_t axis = 0; axis < spatial; ++axis) {
    const std::int64_t whole = window.strides[axis] * (x[axis + 2] - 1) +
                               window_reach(window, axis) + output_padding[axis];
    if (sizes[axis] < 1 || sizes[axis] > whole + window.strides[axis]) {
      fail("'output_shape' is {}, axis {} can have {} at most", to_string(sizes), axis,
           whole + window.strides[axis]);
    }
    const std::int64_t total = std::max<std::int64_t>(whole - sizes[axis], 0);
    output_padding[axis] += std::max<std::int64_t>(sizes[axis] - whole, 0);
    window.pads[axis] = odd_at_end ? total / 2 : total - total / 2;
    window.pads[axis + spatial] = total - window.pads[axis];
  }
}

// For SAME padding, a transposed convolution has `size * stride` outputs.
Ints same_outputs(const OnnxNode& node, const OnnxWindow& window) {
  const Shape x = shape(node, 0);
  Ints sizes = window.strides;
  for (std::size_t axis = 0; axis < sizes.size(); ++axis) sizes[axis] *= x[axis + 2];
  return sizes;
}

}  // namespace

Converted convert_conv(OnnxNode& node) {
  const OnnxWindow window = read_window(node, weight_kernel(node));
  const Conv op{.strides = window.strides,
                .dilations = window.dilations,
                .pads = window.pads,
                .group = node.attributes.get<std::int64_t>("group", 1)};
  return Computed{op, {input(node, 0), input(node, 1), bias(node, 2, shape(node, 1)[0])}};
}

Converted convert_conv_transpose(OnnxNode& node) {
  OnnxWindow window = read_window(node, weight_kernel(node));
  const auto group = node.attributes.get<std::int64_t>("group", 1);
  const std::int64_t channels = shape(node, 1)[1];
  if (group < 1 || group > shape(node, 0)[1]) fail("attribute 'group' is {}", group);
  Ints output_padding = read_spatial(node, "output_padding", 0);
  const auto automatic = node.attributes.get<std::string>("auto_pad", "NOTSET");
  Ints sizes;
  if (automatic.starts_with("SAME")) sizes = same_outputs(node, window);
  node.attributes.read("output_shape", sizes);
  if (!sizes.empty()) {
    pads_from_output(node, sizes, automatic == "SAME_UPPER", window, output_padding);
  }
  const ConvTranspose op{.strides = window.strides,
                         .dilations = window.dilations,
                         .pads = window.pads,
                         .output_padding = output_padding,
                         .group = group};
  return Computed{op, {input(node, 0), input(node, 1), bias(node, 2, channels * group)}};
}

Converted convert_gemm(OnnxNode& node) {
  Gemm op;
  Gemm::fields(op, [&](std::string_view name, auto& value) { node.attributes.read(name, value); });
  if (rank(node, 1) != 2) fail("b is {}, expected a matrix", to_string(shape(node, 1)));
  const std::int64_t channels = shape(node, 1)[op.transB == 0 ? 1 : 0];
  return Computed{op, {input(node, 0), input(node, 1), bias(node, 2, channels)}};
}

Converted convert_batch_normalization(OnnxNode& node) {
  node.attributes.ignore("momentum");
  node.attributes.expect("spatial", 1);
  node.attributes.expect("training_mode", 0);
  return convert_plain<BatchNormalization>(node);
}

Converted convert_lrn(OnnxNode& node) {
  if (!node.attributes.has("size")) fail("attribute 'size' is missing");
  return convert_plain<LRN>(node);
}

// Before opset 13 the axes from `axis` on count as one; the same where the others are 1.
Converted convert_softmax(OnnxNode& node) {
  const bool old = node.opset < 13;
  const Shape x = shape(node, 0);
  const std::int64_t axis =
      positive_axis(node.attributes.get<std::int64_t>("axis", old ? 1 : -1), rank(node, 0));
  const bool others =
      std::any_of(x.begin() + axis + 1, x.end(), [](auto size) { return size != 1; });
  return Computed{Softmax{.axis = axis, .flatten = old && others}, {input(node, 0)}};
}

}  // namespace vernier
