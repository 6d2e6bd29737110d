#pragma once

// Private to reference/: `evaluate` of every operator, grouped in files as op.h groups them. x are
// the inputs, which `infer` accepted, and `type` is what it gave for the output.

#include <concepts>
#include <span>
#include <string_view>

#include "vernier/ir/op.h"
#include "vernier/ir/shapes.h"
#include "vernier/loops/unary.h"
#include "vernier/reference/moves.h"

namespace vernier {

using Tensors = std::span<const Tensor>;

/// An Error if there would be too much to hold: a damaged file may ask for anything.
void check_result(std::string_view op, const ValueType& type);

// evaluate_linear.cpp
Tensor evaluate_one(const Conv& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const ConvTranspose& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Gemm& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const MatMul& op, Tensors x, const ValueType& type);

// evaluate_elementwise.cpp
Tensor activated(Tensor y, const Activation& activation);
Tensor evaluate_unary(std::string_view name, const Tensor& x, UnaryParams params = {});
Tensor evaluate_binary(std::string_view name, Tensors x, const ValueType& type);
Tensor evaluate_one(const Add& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Mul& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Abs& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Neg& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Cast& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const QuantizeLinear& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const DequantizeLinear& op, Tensors x, const ValueType& type);

// evaluate_window.cpp: normalization, pooling, reduction.
Tensor evaluate_one(const BatchNormalization& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Softmax& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const LRN& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const MaxPool& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const AveragePool& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const GlobalAveragePool& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const GlobalMaxPool& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const ReduceMean& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const ReduceSum& op, Tensors x, const ValueType& type);

// evaluate_move.cpp
Tensor run_move(const Move& move, const Tensor& x, const ValueType& type, float fill = 0.0F);
Tensor evaluate_one(const Concat& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Pad& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Gather& op, Tensors x, const ValueType& type);
Tensor evaluate_one(const Resize& op, Tensors x, const ValueType& type);
std::vector<Tensor> evaluate_split(const Split& op, const Tensor& x,
                                   std::span<const ValueType> types);

template <typename Type, typename... Types>
concept any_of = (std::same_as<Type, Types> || ...);

template <any_of<Relu, Sigmoid, HardSwish, Tanh, Exp, Log, Sqrt, Floor, Ceil, Erf> Type>
Tensor evaluate_one(const Type& op, Tensors x, const ValueType& /*type*/) {
  return evaluate_unary(op.type, x[0]);
}

inline Tensor evaluate_one(const LeakyRelu& op, Tensors x, const ValueType& /*type*/) {
  return evaluate_unary(op.type, x[0], {.alpha = op.alpha});
}

inline Tensor evaluate_one(const Clip& op, Tensors x, const ValueType& /*type*/) {
  return evaluate_unary(op.type, x[0], {.alpha = op.min, .beta = op.max});
}

inline Tensor evaluate_one(const HardSigmoid& op, Tensors x, const ValueType& /*type*/) {
  return evaluate_unary(op.type, x[0], {.alpha = op.alpha, .beta = op.beta});
}

template <any_of<Sub, Div, Pow, Max, Min, PRelu> Type>
Tensor evaluate_one(const Type& op, Tensors x, const ValueType& type) {
  return evaluate_binary(op.type, x, type);
}

template <any_of<Identity, Quantize> Type>
Tensor evaluate_one(const Type& /*op*/, Tensors x, const ValueType& /*type*/) {
  return x[0];
}

template <any_of<Reshape, Flatten, Squeeze, Unsqueeze> Type>
Tensor evaluate_one(const Type& /*op*/, Tensors x, const ValueType& type) {
  return x[0].reshaped(type.shape);
}

template <any_of<Transpose, Slice, Expand, DepthToSpace> Type>
Tensor evaluate_one(const Type& op, Tensors x, const ValueType& type) {
  return run_move(move_of(op, x[0].shape(), type.shape), x[0], type);
}

}  // namespace vernier
