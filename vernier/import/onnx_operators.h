#pragma once

// Private to import/: the ONNX operators that are understood, one small function each.

#include <span>
#include <string_view>

#include "vernier/import/onnx_node.h"

namespace vernier {

/// An operator of the domain ai.onnx, or of ONNX Runtime's. `convert` knows what every opset from 7
/// to 21 means by it; a form that is not supported is an Error.
struct OnnxOperator {
  std::string_view name;
  Converted (*convert)(OnnxNode& node);
  std::string_view domain = "";
};
inline constexpr std::string_view microsoft_domain = "com.microsoft";
inline constexpr std::string_view openvino_domain = "org.openvinotoolkit";

std::span<const OnnxOperator> onnx_operators();

/// An operator whose attributes are the fields of ours, and whose inputs are all tensors.
template <typename Type>
Converted convert_plain(OnnxNode& node) {
  Type op;
  Type::fields(op, [&](std::string_view name, auto& value) { node.attributes.read(name, value); });
  return Computed{op, all_inputs(node)};
}

// onnx_layers.cpp
Converted convert_conv(OnnxNode& node);
Converted convert_conv_transpose(OnnxNode& node);
Converted convert_gemm(OnnxNode& node);
Converted convert_batch_normalization(OnnxNode& node);
Converted convert_lrn(OnnxNode& node);
Converted convert_softmax(OnnxNode& node);

// onnx_qlinear.cpp
Converted convert_qgemm(OnnxNode& node);
Converted convert_qlinear_add(OnnxNode& node);
Converted convert_qlinear_average_pool(OnnxNode& node);
Converted convert_qlinear_concat(OnnxNode& node);
Converted convert_qlinear_conv(OnnxNode& node);
Converted convert_qlinear_global_average_pool(OnnxNode& node);
Converted convert_qlinear_leaky_relu(OnnxNode& node);
Converted convert_qlinear_matmul(OnnxNode& node);
Converted convert_qlinear_mul(OnnxNode& node);
Converted convert_qlinear_sigmoid(OnnxNode& node);

// onnx_pooling.cpp
Converted convert_max_pool(OnnxNode& node);
Converted convert_average_pool(OnnxNode& node);
Converted convert_reduce_mean(OnnxNode& node);
Converted convert_reduce_sum(OnnxNode& node);

// onnx_elementwise.cpp
Converted convert_cast(OnnxNode& node);
Converted convert_clip(OnnxNode& node);
Converted convert_dropout(OnnxNode& node);
Converted convert_max(OnnxNode& node);
Converted convert_min(OnnxNode& node);
Converted convert_pow(OnnxNode& node);
Converted convert_quantize_linear(OnnxNode& node);
Converted convert_dequantize_linear(OnnxNode& node);

// onnx_fake_quantize.cpp
Converted convert_fake_quantize(OnnxNode& node);

// onnx_shape.cpp
Converted convert_constant(OnnxNode& node);
Converted convert_constant_of_shape(OnnxNode& node);
Converted convert_expand(OnnxNode& node);
Converted convert_flatten(OnnxNode& node);
Converted convert_reshape(OnnxNode& node);
Converted convert_shape(OnnxNode& node);
Converted convert_squeeze(OnnxNode& node);
Converted convert_unsqueeze(OnnxNode& node);

// onnx_move.cpp
Converted convert_concat(OnnxNode& node);
Converted convert_gather(OnnxNode& node);
Converted convert_pad(OnnxNode& node);
Converted convert_slice(OnnxNode& node);
Converted convert_split(OnnxNode& node);
Converted convert_transpose(OnnxNode& node);

// onnx_resize.cpp
Converted convert_resize(OnnxNode& node);
Converted convert_upsample(OnnxNode& node);

}  // namespace vernier
