// Matrix products: a layer with its bias and clamp as an inner product, the general case as a
// (batched, broadcast) matmul.

#include <algorithm>

#include "vernier/compute/forward.h"

namespace vernier {
namespace {

constexpr auto inference = dnnl::prop_kind::forward_inference;

// activation(a b + c) with a as it stands and one c a column: what a pass brings every layer to.
bool is_layer(const Gemm& op, const Shape& bias, std::int64_t columns) {
  return op.transA == 0 && op.alpha == 1.0F && op.beta == 1.0F && element_count(bias) == columns &&
         !bias.empty() && bias.back() == columns;
}

// The operands of numpy's matmul, as matrices with as many batch axes each.
struct MatMulShapes {
  Shape a;
  Shape b;
  Shape product;
};

MatMulShapes matmul_shapes(Shape a, Shape b) {
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  while (a.size() < b.size()) a.insert(a.begin(), 1);
  while (b.size() < a.size()) b.insert(b.begin(), 1);
  Shape product = a;
  product.back() = b.back();
  for (std::size_t axis = 0; axis + 2 < a.size(); ++axis) {
    if (a[axis] == 1) product[axis] = b[axis];
  }
  return {std::move(a), std::move(b), std::move(product)};
}

}  // namespace

bool forward(const Gemm& op, const Node& node, Compiler& compiler) {
  const Shape& output = compiler.shape(node.outputs[0]);
  if (!is_layer(op, compiler.shape(node.inputs[2]), output[1])) return false;
  const Shape& source_shape = compiler.shape(node.inputs[0]);
  const Shape weight_shape = {output[1], source_shape[1]};
  const Shape bias_shape = {output[1]};
  const auto description = describe<dnnl::inner_product_forward>(
      compiler.engine(), attributes(op.activation), inference, any_layout(source_shape),
      any_layout(weight_shape), dense_layout(bias_shape), any_layout(output));
  if (!is_fast(description)) return false;

  const Location source = compiler.read(node.inputs[0], description.src_desc());
  Location weight = compiler.read_dense(node.inputs[1]);
  if (op.transB == 0) weight.layout = strided_layout(weight_shape, {1, output[1]});
  weight = compiler.reorder(weight, description.weights_desc());
  Location bias = compiler.read_dense(node.inputs[2]);
  bias.layout = dense_layout(bias_shape);
  const Location target = compiler.write(node.outputs[0], description.dst_desc());
  compiler.add_primitive(description, dnnl::inner_product_forward(description),
                         {{DNNL_ARG_SRC, source},
                          {DNNL_ARG_WEIGHTS, weight},
                          {DNNL_ARG_BIAS, bias},
                          {DNNL_ARG_DST, target}});
  return true;
}

bool forward(const MatMul& /*op*/, const Node& node, Compiler& compiler) {
  const auto [a, b, product] =
      matmul_shapes(compiler.shape(node.inputs[0]), compiler.shape(node.inputs[1]));
  const auto description = describe<dnnl::matmul>(compiler.engine(), attributes(), dense_layout(a),
                                                  dense_layout(b), dense_layout(product));
  if (!is_fast(description)) return false;
  const Location left = compiler.read_dense(node.inputs[0]);
  const Location right = compiler.read_dense(node.inputs[1]);
  const Location target =
      compiler.write(node.outputs[0], dense_layout(compiler.shape(node.outputs[0])));
  compiler.add_primitive(description, dnnl::matmul(description),
                         {{DNNL_ARG_SRC, {left.buffer, description.src_desc()}},
                          {DNNL_ARG_WEIGHTS, {right.buffer, description.weights_desc()}},
                          {DNNL_ARG_DST, {target.buffer, description.dst_desc()}}});
  return true;
}

}  // namespace vernier
