// Convolution and transposed convolution, with bias, residual addend and clamp in one primitive.
// The addend is summed in place: where it is needed later too, onto a copy.

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

using dnnl::convolution_forward;
using dnnl::deconvolution_forward;

constexpr auto inference = dnnl::prop_kind::forward_inference;

Ints begins(const Ints& pads) {
  return {pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2)};
}

Ints ends(const Ints& pads) {
  return {pads.begin() + static_cast<std::ptrdiff_t>(pads.size() / 2), pads.end()};
}

// oneDNN counts the gaps between taps.
Ints gaps(Ints dilations) {
  for (std::int64_t& dilation : dilations) --dilation;
  return dilations;
}

// Groups are an axis of their own in front of a weight.
Shape grouped(const Shape& weight, std::int64_t groups) {
  if (groups == 1) return weight;
  Shape shape = {groups, weight[0] / groups};
  shape.insert(shape.end(), weight.begin() + 1, weight.end());
  return shape;
}

// ONNX keeps a transposed weight as [C,O/group,...]; oneDNN names the axes [group,O,C,...].
Layout transposed_weight(const Shape& weight, std::int64_t groups) {
  Shape shape = grouped(weight, groups);
  Shape strides(shape.size(), 1);
  for (std::size_t axis = shape.size() - 1; axis > 0; --axis) {
    strides[axis - 1] = strides[axis] * shape[axis];
  }
  const std::size_t channels = groups == 1 ? 0 : 1;
  std::swap(shape[channels], shape[channels + 1]);
  std::swap(strides[channels], strides[channels + 1]);
  return strided_layout(shape, strides);
}

template <typename Primitive>
bool add_convolution(const typename Primitive::primitive_desc& description,
                     const Layout& plain_weight, const Node& node, Compiler& compiler) {
  if (!is_fast(description)) return false;
  const Location source = compiler.read(node.inputs[0], description.src_desc());
  Location weight = compiler.read_dense(node.inputs[1]);
  weight.layout = plain_weight;
  weight = compiler.reorder(weight, description.weights_desc());
  const Location bias = compiler.read(node.inputs[2], description.bias_desc());

  const ValueId output = node.outputs[0];
  Location target;
  if (node.inputs.size() == 4) {
    const ValueId addend = node.inputs[3];
    target = compiler.read(addend, description.dst_desc());
    if (!compiler.may_overwrite(target, addend)) target = compiler.copy(target, target.layout);
    target = compiler.write_over(target, output, target.layout);
  } else {
    target = compiler.write(output, description.dst_desc());
  }
  compiler.add_primitive(description, Primitive(description),
                         {{DNNL_ARG_SRC, source},
                          {DNNL_ARG_WEIGHTS, weight},
                          {DNNL_ARG_BIAS, bias},
                          {DNNL_ARG_DST, target}});
  return true;
}

}  // namespace

bool forward(const Conv& op, const Node& node, Compiler& compiler) {
  const Shape weight = grouped(compiler.shape(node.inputs[1]), op.group);
  const auto description = describe<convolution_forward>(
      compiler.engine(), attributes(op.activation, node.inputs.size() == 4), inference,
      dnnl::algorithm::convolution_direct, any_layout(compiler.shape(node.inputs[0])),
      any_layout(weight), dense_layout(compiler.shape(node.inputs[2])),
      any_layout(compiler.shape(node.outputs[0])), op.strides, gaps(op.dilations), begins(op.pads),
      ends(op.pads));
  return add_convolution<convolution_forward>(description, dense_layout(weight), node, compiler);
}

bool forward(const ConvTranspose& op, const Node& node, Compiler& compiler) {
  const Layout plain = transposed_weight(compiler.shape(node.inputs[1]), op.group);
  Ints pads_end = ends(op.pads);
  for (std::size_t axis = 0; axis < pads_end.size(); ++axis) {
    pads_end[axis] -= op.output_padding[axis];
  }
  Shape weight = grouped(compiler.shape(node.inputs[1]), op.group);
  std::swap(weight[weight.size() - op.strides.size() - 2],
            weight[weight.size() - op.strides.size() - 1]);
  const auto description = describe<deconvolution_forward>(
      compiler.engine(), attributes(op.activation), inference,
      dnnl::algorithm::deconvolution_direct, any_layout(compiler.shape(node.inputs[0])),
      any_layout(weight), dense_layout(compiler.shape(node.inputs[2])),
      any_layout(compiler.shape(node.outputs[0])), op.strides, gaps(op.dilations), begins(op.pads),
      pads_end);
  return add_convolution<deconvolution_forward>(description, plain, node, compiler);
}

}  // namespace vernier
