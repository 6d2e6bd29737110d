// Windows: max and average pooling, over the whole plane too.

#include <algorithm>

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

using dnnl::algorithm;

struct Window {
  algorithm kind = algorithm::undef;
  Ints kernel;
  Ints strides;
  Ints dilations;  // in oneDNN's count: gaps between taps
  Ints pads;
};

// What the last window needs behind the input: more than the operator's own pad when it rounds the
// number of windows up, less when it leaves elements over.
Ints pads_behind(const Window& window, const Shape& input, const Shape& output) {
  Ints pads;
  for (std::size_t axis = 0; axis < window.kernel.size(); ++axis) {
    const std::int64_t reach = (window.kernel[axis] - 1) * (window.dilations[axis] + 1) + 1;
    const std::int64_t needed = (output[axis + 2] - 1) * window.strides[axis] + reach;
    pads.push_back(std::max<std::int64_t>(needed - input[axis + 2] - window.pads[axis], 0));
  }
  return pads;
}

bool add_pooling(const Window& window, const Node& node, Compiler& compiler) {
  const Shape& input = compiler.shape(node.inputs[0]);
  const Shape& output = compiler.shape(node.outputs[0]);
  const Location source = compiler.home(node.inputs[0]);
  const Ints before(window.pads.begin(),
                    window.pads.begin() + static_cast<std::ptrdiff_t>(window.kernel.size()));
  const auto description = describe<PoolingForward>(
      compiler.engine(), attributes(), dnnl::prop_kind::forward_inference, window.kind,
      source.layout, any_layout(output), window.strides, window.kernel, window.dilations, before,
      pads_behind(window, input, output));
  if (!is_fast(description)) return false;
  const Location target = compiler.write(node.outputs[0], description.dst_desc());
  compiler.add_primitive(description, PoolingForward(description),
                         {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  return true;
}

bool add_global_pooling(algorithm kind, const Node& node, Compiler& compiler) {
  const Shape& input = compiler.shape(node.inputs[0]);
  const Ints plane(input.begin() + 2, input.end());
  return add_pooling({.kind = kind,
                      .kernel = plane,
                      .strides = Ints(plane.size(), 1),
                      .dilations = Ints(plane.size(), 0),
                      .pads = Ints(2 * plane.size(), 0)},
                     node, compiler);
}

}  // namespace

bool forward(const MaxPool& op, const Node& node, Compiler& compiler) {
  Ints gaps = op.dilations;
  for (std::int64_t& gap : gaps) --gap;
  return add_pooling({.kind = algorithm::pooling_max,
                      .kernel = op.kernel_shape,
                      .strides = op.strides,
                      .dilations = gaps,
                      .pads = op.pads},
                     node, compiler);
}

// A window that rounding up moved beyond the pad counts only what is inside input and pad; oneDNN
// would count all of it.
bool forward(const AveragePool& op, const Node& node, Compiler& compiler) {
  if (op.ceil_mode && op.count_include_pad) return false;
  return add_pooling({.kind = op.count_include_pad ? algorithm::pooling_avg_include_padding
                                                   : algorithm::pooling_avg_exclude_padding,
                      .kernel = op.kernel_shape,
                      .strides = op.strides,
                      .dilations = Ints(op.kernel_shape.size(), 0),
                      .pads = op.pads},
                     node, compiler);
}

bool forward(const GlobalAveragePool& /*op*/, const Node& node, Compiler& compiler) {
  return add_global_pooling(algorithm::pooling_avg_exclude_padding, node, compiler);
}

bool forward(const GlobalMaxPool& /*op*/, const Node& node, Compiler& compiler) {
  return add_global_pooling(algorithm::pooling_max, node, compiler);
}

// The mean over a plane; any other goes through our loops.
bool forward(const ReduceMean& op, const Node& node, Compiler& compiler) {
  const Shape& input = compiler.shape(node.inputs[0]);
  if (!op.keepdims || input.size() < 3 || op.axes.size() + 2 != input.size() ||
      *std::ranges::min_element(op.axes) != 2) {
    return false;
  }
  return add_global_pooling(algorithm::pooling_avg_exclude_padding, node, compiler);
}

}  // namespace vernier
