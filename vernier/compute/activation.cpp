// Functions of one element, in the layout in which the element stands, in place where nobody else
// needs it.

#include <algorithm>
#include <initializer_list>

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

using dnnl::algorithm;

// Adds one function, or several in a row. Where f(0) is not 0, the lanes behind the last channel
// must not be touched, for which oneDNN has only a slow form: such a function reads padded layouts
// densely.
bool add_eltwise(std::initializer_list<Eltwise> functions, const Node& node, Compiler& compiler) {
  const ValueId input = node.inputs[0];
  Location source = compiler.home(input);
  const auto is_slow = [&](const Eltwise& function) {
    return !is_fast(describe_eltwise(compiler.engine(), function, source.layout));
  };
  if (std::ranges::any_of(functions, is_slow)) source = compiler.read_dense(input);
  if (std::ranges::any_of(functions, is_slow)) return false;

  const Location target = compiler.write_like(source, input, node.outputs[0]);
  for (const Eltwise& function : functions) {
    const auto description = describe_eltwise(compiler.engine(), function, source.layout);
    compiler.add_primitive(description, dnnl::eltwise_forward(description),
                           {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
    source = target;
  }
  return true;
}

}  // namespace

bool forward(const Relu& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_relu}}, node, compiler);
}

bool forward(const LeakyRelu& op, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_relu, op.alpha}}, node, compiler);
}

bool forward(const Clip& op, const Node& node, Compiler& compiler) {
  return add_eltwise({clamp({.lo = op.min, .hi = op.max})}, node, compiler);
}

bool forward(const Sigmoid& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_logistic}}, node, compiler);
}

bool forward(const HardSigmoid& op, const Node& node, Compiler& compiler) {
  return add_eltwise(
      {{algorithm::eltwise_linear, op.alpha, op.beta}, {algorithm::eltwise_clip, 0.0F, 1.0F}}, node,
      compiler);
}

bool forward(const HardSwish& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({hard_swish}, node, compiler);
}

bool forward(const Tanh& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_tanh}}, node, compiler);
}

bool forward(const Exp& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_exp}}, node, compiler);
}

bool forward(const Log& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_log}}, node, compiler);
}

bool forward(const Sqrt& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_sqrt}}, node, compiler);
}

bool forward(const Abs& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_abs}}, node, compiler);
}

bool forward(const Neg& /*op*/, const Node& node, Compiler& compiler) {
  return add_eltwise({{algorithm::eltwise_linear, -1.0F}}, node, compiler);
}

// The slope, broadcast from its last axis on, gets the axes of x.
bool forward(const PRelu& /*op*/, const Node& node, Compiler& compiler) {
  const Shape& shape = compiler.shape(node.inputs[0]);
  Shape slope_shape = compiler.shape(node.inputs[1]);
  slope_shape.insert(slope_shape.begin(), shape.size() - slope_shape.size(), 1);
  const Location source = compiler.home(node.inputs[0]);
  const auto description =
      describe_prelu(compiler.engine(), source.layout, any_layout(slope_shape));
  if (!is_fast(description)) return false;
  Location slope = compiler.read_dense(node.inputs[1]);
  slope.layout = dense_layout(slope_shape);
  slope = compiler.reorder(slope, description.weights_desc());
  const Location target = compiler.write(node.outputs[0], description.dst_desc());
  compiler.add_primitive(
      description, dnnl::prelu_forward(description),
      {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, slope}, {DNNL_ARG_DST, target}});
  return true;
}

}  // namespace vernier
