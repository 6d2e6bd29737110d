// Functions of one element or of two.

#include "vernier/base/error.h"
#include "vernier/import/onnx_operators.h"
#include "vernier/import/onnx_tensor.h"

namespace vernier {
namespace {

// Of any number of inputs: a chain of functions of two.
template <typename Type>
Converted convert_chain(OnnxNode& node) {
  const std::vector<ValueId> inputs = all_inputs(node);
  if (inputs.empty()) fail("there are no inputs");
  if (inputs.size() == 1) return Computed{Identity{}, inputs};
  ValueId left = inputs[0];
  for (std::size_t i = 1; i + 1 < inputs.size(); ++i) left = emit(node, Type{}, {left, inputs[i]});
  return Computed{Type{}, {left, inputs.back()}};
}

bool is_real_constant(const OnnxNode& node, std::size_t position) {
  const auto id = input_if_any(node, position);
  return !id || (node.graph.is_constant(*id) && node.graph.dtype(*id) == DType::f32);
}

float limit(const OnnxNode& node, std::size_t position, float otherwise) {
  if (!input_if_any(node, position)) return otherwise;
  const std::vector<float> limits = reals(node, position);
  if (limits.size() != 1) fail("input {} has {} numbers, expected 1", position, limits.size());
  return limits[0];
}

// The limits of integers, and limits that are computed.
Converted clip_by_chain(OnnxNode& node) {
  ValueId x = input(node, 0);
  if (const auto lowest = input_if_any(node, 1)) x = emit(node, Max{}, {x, *lowest});
  if (const auto highest = input_if_any(node, 2)) return Computed{Min{}, {x, *highest}};
  return Computed{Identity{}, {x}};
}

// All zeros, of the type and shape that the zero point of these scales has.
ValueId zero_point(OnnxNode& node, DType dtype) {
  if (const auto given = input_if_any(node, 2)) return *given;
  node.graph.spend(element_count(shape(node, 1)));
  return emit_constant(node, "zero_point", Tensor(dtype, shape(node, 1)));
}

// One scale for the whole tensor has no axis; the default of ours stands for that.
std::int64_t channel_axis(OnnxNode& node) {
  node.attributes.expect("block_size", 0);
  node.attributes.ignore("saturate");  // of 8-bit floats
  const auto axis = node.attributes.get<std::int64_t>("axis", 1);
  return element_count(shape(node, 1)) == 1 ? 1 : positive_axis(axis, rank(node, 0));
}

}  // namespace

Converted convert_cast(OnnxNode& node) {
  node.attributes.ignore("saturate");  // of 8-bit floats
  const auto onnx_type = node.attributes.required<std::int64_t>("to");
  if (onnx_type == onnx::TensorProto::BOOL || is_four_bit(onnx_type)) {
    fail("a cast to element type {} is not supported",
         onnx_type == onnx::TensorProto::BOOL ? "bool" : "int4");
  }
  const DType to = import_dtype(onnx_type);
  if (to == node.graph.dtype(input(node, 0))) return Computed{Identity{}, {input(node, 0)}};
  return Computed{Cast{.to = to}, {input(node, 0)}};
}

// Opset 11 made the limits inputs.
Converted convert_clip(OnnxNode& node) {
  if (node.opset < 11) return convert_plain<Clip>(node);
  const bool is_real = node.graph.dtype(input(node, 0)) == DType::f32;
  if (!is_real || !is_real_constant(node, 1) || !is_real_constant(node, 2)) {
    return clip_by_chain(node);
  }
  const Clip none;
  return Computed{Clip{.min = limit(node, 1, none.min), .max = limit(node, 2, none.max)},
                  {input(node, 0)}};
}

Converted convert_dropout(OnnxNode& node) {
  node.attributes.ignore("ratio");
  node.attributes.ignore("seed");
  if (input_if_any(node, 2)) {
    const ValueId training = input(node, 2);
    if (!node.graph.is_constant(training)) fail("the training mode is computed at run time");
    for (const std::byte byte : node.graph.constants(training)[0].bytes()) {
      if (byte != std::byte{0}) fail("training mode is not supported");
    }
  }
  return Computed{Identity{}, {input(node, 0)}};
}

Converted convert_max(OnnxNode& node) { return convert_chain<Max>(node); }

Converted convert_min(OnnxNode& node) { return convert_chain<Min>(node); }

// Since opset 12 the exponent may have a type of its own.
Converted convert_pow(OnnxNode& node) {
  const ValueId base = input(node, 0);
  ValueId exponent = input(node, 1);
  const DType dtype = node.graph.dtype(base);
  if (node.graph.dtype(exponent) != dtype) exponent = emit(node, Cast{.to = dtype}, {exponent});
  return Computed{Pow{}, {base, exponent}};
}

Converted convert_quantize_linear(OnnxNode& node) {
  const auto onnx_type = node.attributes.get<std::int64_t>("output_dtype", 0);
  const DType dtype = onnx_type == 0 ? DType::u8 : import_dtype(onnx_type);
  const std::int64_t axis = channel_axis(node);
  const ValueId zero = zero_point(node, dtype);
  if (node.graph.is_four_bit(zero) || (onnx_type != 0 && is_four_bit(onnx_type))) {
    fail("quantization to 4 bits at run time is not supported");
  }
  return Computed{QuantizeLinear{.axis = axis, .to = node.graph.dtype(zero)},
                  {input(node, 0), input(node, 1), zero}};
}

Converted convert_dequantize_linear(OnnxNode& node) {
  const std::int64_t axis = channel_axis(node);
  return Computed{
      DequantizeLinear{.axis = axis},
      {input(node, 0), input(node, 1), zero_point(node, node.graph.dtype(input(node, 0)))}};
}

}  // namespace vernier
