// Normalization: batch norm with stored statistics, local response, softmax.

#include <numeric>

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

// Elements in front of an axis, along it, and behind it.
Shape around_axis(const Shape& shape, std::int64_t axis, bool flatten) {
  const auto from = shape.begin() + axis;
  const auto to = flatten ? shape.end() : from + 1;
  return {element_count(Shape(shape.begin(), from)), element_count(Shape(from, to)),
          element_count(Shape(to, shape.end()))};
}

}  // namespace

bool forward(const BatchNormalization& op, const Node& node, Compiler& compiler) {
  const Location source = compiler.home(node.inputs[0]);
  const auto description =
      describe_batch_normalization(compiler.engine(), source.layout, op.epsilon);
  if (!is_fast(description)) return false;
  std::vector<Argument> arguments = {{DNNL_ARG_SRC, source}};
  constexpr std::array roles = {DNNL_ARG_SCALE, DNNL_ARG_SHIFT, DNNL_ARG_MEAN, DNNL_ARG_VARIANCE};
  for (std::size_t i = 0; i < roles.size(); ++i) {
    arguments.push_back({roles[i], compiler.read_dense(node.inputs[i + 1])});
  }
  arguments.push_back({DNNL_ARG_DST, compiler.write_like(source, node.inputs[0], node.outputs[0])});
  compiler.add_primitive(description, dnnl::batch_normalization_forward(description),
                         std::move(arguments));
  return true;
}

bool forward(const Softmax& op, const Node& node, Compiler& compiler) {
  const Shape& shape = compiler.shape(node.inputs[0]);
  const Layout layout = dense_layout(around_axis(shape, op.axis, op.flatten));
  const auto description =
      describe<SoftmaxForward>(compiler.engine(), attributes(), dnnl::prop_kind::forward_inference,
                               dnnl::algorithm::softmax_accurate, layout, layout, 1);
  if (!is_fast(description)) return false;
  const Location source = compiler.read_dense(node.inputs[0]);
  const Location target = compiler.write(node.outputs[0], dense_layout(shape));
  compiler.add_primitive(
      description, SoftmaxForward(description),
      {{DNNL_ARG_SRC, {source.buffer, layout}}, {DNNL_ARG_DST, {target.buffer, layout}}});
  return true;
}

// oneDNN's window is centred: sizes must be odd.
bool forward(const LRN& op, const Node& node, Compiler& compiler) {
  if (op.size % 2 == 0) return false;
  const Location source = compiler.home(node.inputs[0]);
  const auto description = describe_lrn(compiler.engine(), source.layout, op);
  if (!is_fast(description)) return false;
  const Location target = compiler.write(node.outputs[0], description.dst_desc());
  compiler.add_primitive(description, dnnl::lrn_forward(description),
                         {{DNNL_ARG_SRC, source}, {DNNL_ARG_DST, target}});
  return true;
}

}  // namespace vernier
