// Operators on integers: ONNX's QLinearConv and QLinearMatMul, and those of ONNX Runtime's domain
// com.microsoft. Each is read as what it means: DequantizeLinear, the float operator,
// QuantizeLinear. Operands are (integers, scale, zero point); a result has scale and zero point.

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"

namespace vernier {
namespace {

/// The operand at `position` and the two places behind it as floats; its channels, if it has
/// parameters for each, lie on `axis`.
ValueId real(OnnxNode& node, std::size_t position, std::int64_t axis = 1) {
  return emit(node, DequantizeLinear{.axis = axis},
              {input(node, position), input(node, position + 1), input(node, position + 2)});
}

/// A bias has no scale of its own: it is that of the products.
ValueId real_bias(OnnxNode& node, std::size_t position, std::size_t x_scale,
                  std::size_t weight_scale) {
  const float x = reals(node, x_scale).at(0);
  std::vector<float> scales = reals(node, weight_scale);
  for (float& scale : scales) scale = x * scale;
  const Shape weight_scales = shape(node, weight_scale);
  const Shape channels = scales.size() > 1 ? weight_scales : Shape{};
  return emit(node, DequantizeLinear{.axis = 0},
              {input(node, position),
               emit_constant(node, "bias_scale", Tensor::of<float>(channels, scales)),
               emit_constant(node, "bias_zero_point", Tensor(DType::i32, channels))});
}

/// The float node, and then its result quantized with scale and zero point at `position`.
Converted quantized(OnnxNode& node, Computed computed, std::size_t position) {
  const ValueId y = emit(node, std::move(computed.op), std::move(computed.inputs));
  const ValueId zero = input(node, position + 1);
  return Computed{QuantizeLinear{.to = node.graph.dtype(zero)}, {y, input(node, position), zero}};
}

Converted quantized(OnnxNode& node, const Converted& converted, std::size_t position) {
  return quantized(node, std::get<Computed>(converted), position);
}

template <typename Type>
Converted convert_binary(OnnxNode& node) {
  return quantized(node, Computed{Type{}, {real(node, 0), real(node, 3)}}, 6);
}

}  // namespace

Converted convert_qlinear_conv(OnnxNode& node) {
  node.attributes.expect("channels_last", 0);
  OnnxNode layer = node;
  layer.inputs = {real(node, 0), real(node, 3, 0)};
  if (input_if_any(node, 8)) layer.inputs.emplace_back(real_bias(node, 8, 1, 4));
  Converted conv = convert_conv(layer);
  node.attributes = layer.attributes;
  return quantized(node, conv, 6);
}

Converted convert_qlinear_matmul(OnnxNode& node) {
  return quantized(node, Computed{MatMul{}, {real(node, 0), real(node, 3, rank(node, 3) - 1)}}, 6);
}

Converted convert_qgemm(OnnxNode& node) {
  OnnxNode layer = node;
  const bool transposed = node.attributes.get<std::int64_t>("transB", 0) != 0;
  layer.inputs = {real(node, 0), real(node, 3, transposed ? 0 : 1)};
  if (input_if_any(node, 6)) layer.inputs.emplace_back(real_bias(node, 6, 1, 4));
  Converted gemm = convert_gemm(layer);
  node.attributes = layer.attributes;
  return input_if_any(node, 7) ? quantized(node, gemm, 7) : gemm;
}

Converted convert_qlinear_add(OnnxNode& node) { return convert_binary<Add>(node); }

Converted convert_qlinear_mul(OnnxNode& node) { return convert_binary<Mul>(node); }

Converted convert_qlinear_global_average_pool(OnnxNode& node) {
  node.attributes.expect("channels_last", 0);
  return quantized(node, Computed{GlobalAveragePool{}, {real(node, 0)}}, 3);
}

Converted convert_qlinear_average_pool(OnnxNode& node) {
  node.attributes.expect("channels_last", 0);
  OnnxNode pool = node;
  pool.inputs = {real(node, 0)};
  Converted average = convert_average_pool(pool);
  node.attributes = pool.attributes;
  return quantized(node, average, 3);
}

Converted convert_qlinear_sigmoid(OnnxNode& node) {
  return quantized(node, Computed{Sigmoid{}, {real(node, 0)}}, 3);
}

Converted convert_qlinear_leaky_relu(OnnxNode& node) {
  const auto alpha = node.attributes.get<float>("alpha", 0.01F);
  return quantized(node, Computed{LeakyRelu{.alpha = alpha}, {real(node, 0)}}, 3);
}

Converted convert_qlinear_concat(OnnxNode& node) {
  std::vector<ValueId> parts;
  for (std::size_t position = 2; position + 2 < node.inputs.size(); position += 3)
    parts.push_back(real(node, position));
  if (parts.empty()) fail("there is nothing to join");
  const auto axis = node.attributes.get<std::int64_t>("axis", 1);
  const Concat op{.axis = positive_axis(axis, rank(node, 2))};
  return quantized(node, Computed{op, parts}, 0);
}

}  // namespace vernier
