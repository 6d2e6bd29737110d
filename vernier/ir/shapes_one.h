#pragma once

// Private to ir/: `infer` of every operator, grouped in files as op.h groups them.

#include <concepts>
#include <span>
#include <string_view>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/ir/op.h"
#include "vernier/ir/shapes.h"

namespace vernier {

using Types = std::vector<ValueType>;
using TypeSpan = std::span<const ValueType>;

/// What is wrong with an operator: "Conv: ...".
template <typename Type, typename... Args>
[[noreturn]] void misfit(const Type& /*op*/, fmt::format_string<Args...> format, Args&&... args) {
  fail("{}: {}", Type::type, fmt::format(format, std::forward<Args>(args)...));
}

template <typename Type>
void expect_inputs(const Type& op, TypeSpan inputs, std::size_t count) {
  if (inputs.size() != count) misfit(op, "has {} inputs, expected {}", inputs.size(), count);
}

template <typename Type>
void expect_float(const Type& op, TypeSpan inputs) {
  for (const ValueType& input : inputs) {
    if (input.dtype != DType::f32) misfit(op, "input is {}, expected f32", name(input.dtype));
  }
}

/// Float, or the integers that shapes are computed in.
template <typename Type>
void expect_arithmetic(const Type& op, TypeSpan inputs) {
  for (const ValueType& input : inputs) {
    if (input.dtype != DType::f32 && input.dtype != DType::i64 && input.dtype != DType::i32) {
      misfit(op, "input is {}, expected f32, i64 or i32", name(input.dtype));
    }
    if (input.dtype != inputs[0].dtype) {
      misfit(op, "inputs are {} and {}, expected one type", name(inputs[0].dtype),
             name(input.dtype));
    }
  }
}

template <typename Type>
void expect_shape(const Type& op, std::string_view what, const Shape& shape, const Shape& wanted) {
  if (shape != wanted) {
    misfit(op, "{} is {}, expected {}", what, to_string(shape), to_string(wanted));
  }
}

template <typename Type>
void expect_rank(const Type& op, const ValueType& input, std::size_t least, std::size_t most = 64) {
  if (input.shape.size() < least || input.shape.size() > most) {
    misfit(op, "x is {}, expected {}{} axes", to_string(input.shape), least,
           most == least ? "" : " or more");
  }
}

/// `axis` as an index; it must be in 0..rank-1.
template <typename Type>
std::size_t checked_axis(const Type& op, std::int64_t axis, std::size_t rank) {
  if (axis < 0 || axis >= static_cast<std::int64_t>(rank)) {
    misfit(op, "axis {} of a tensor with {} axes", axis, rank);
  }
  return static_cast<std::size_t>(axis);
}

/// One flag an axis, set for those in `axes`; an axis twice is an Error.
template <typename Type>
std::vector<bool> marked_axes(const Type& op, const Ints& axes, std::size_t rank) {
  std::vector<bool> marked(rank, false);
  for (const std::int64_t axis : axes) {
    const std::size_t position = checked_axis(op, axis, rank);
    if (marked[position]) misfit(op, "axis {} is named twice", axis);
    marked[position] = true;
  }
  return marked;
}

/// numpy's broadcast of two shapes.
template <typename Type>
Shape broadcast(const Type& op, const Shape& left, const Shape& right) {
  const Shape& longer = left.size() >= right.size() ? left : right;
  const Shape& shorter = left.size() >= right.size() ? right : left;
  Shape shape = longer;
  const std::size_t offset = longer.size() - shorter.size();
  for (std::size_t i = 0; i < shorter.size(); ++i) {
    std::int64_t& size = shape[offset + i];
    if (size != shorter[i] && size != 1 && shorter[i] != 1) {
      misfit(op, "{} and {} do not broadcast", to_string(left), to_string(right));
    }
    if (size == 1) size = shorter[i];
  }
  return shape;
}

// shapes.cpp: linear operators, functions of elements, normalization, quantization.
Types infer_one(const Gemm& op, TypeSpan inputs);
Types infer_one(const MatMul& op, TypeSpan inputs);
Types infer_one(const BatchNormalization& op, TypeSpan inputs);
Types infer_one(const Cast& op, TypeSpan inputs);
Types infer_one(const PRelu& op, TypeSpan inputs);
Types infer_one(const Softmax& op, TypeSpan inputs);
Types infer_one(const LRN& op, TypeSpan inputs);
Types infer_one(const QuantizeLinear& op, TypeSpan inputs);
Types infer_one(const DequantizeLinear& op, TypeSpan inputs);
Types infer_one(const Foreign& op, TypeSpan inputs);

// shapes_window.cpp: what slides a window or takes a mean.
Types infer_one(const Conv& op, TypeSpan inputs);
Types infer_one(const ConvTranspose& op, TypeSpan inputs);
Types infer_one(const MaxPool& op, TypeSpan inputs);
Types infer_one(const AveragePool& op, TypeSpan inputs);
Types infer_one(const GlobalAveragePool& op, TypeSpan inputs);
Types infer_one(const GlobalMaxPool& op, TypeSpan inputs);
Types infer_one(const ReduceMean& op, TypeSpan inputs);
Types infer_one(const ReduceSum& op, TypeSpan inputs);

// shapes_move.cpp: what moves elements about.
Types infer_one(const Concat& op, TypeSpan inputs);
Types infer_one(const Split& op, TypeSpan inputs);
Types infer_one(const Slice& op, TypeSpan inputs);
Types infer_one(const Pad& op, TypeSpan inputs);
Types infer_one(const Reshape& op, TypeSpan inputs);
Types infer_one(const Flatten& op, TypeSpan inputs);
Types infer_one(const Squeeze& op, TypeSpan inputs);
Types infer_one(const Unsqueeze& op, TypeSpan inputs);
Types infer_one(const Transpose& op, TypeSpan inputs);
Types infer_one(const Gather& op, TypeSpan inputs);
Types infer_one(const Expand& op, TypeSpan inputs);
Types infer_one(const DepthToSpace& op, TypeSpan inputs);
Types infer_one(const Resize& op, TypeSpan inputs);

template <typename Type, typename... Types>
concept one_of = (std::same_as<Type, Types> || ...);

/// Functions of one float.
template <one_of<Relu, Sigmoid, HardSwish, Tanh, Exp, Log, Sqrt, Floor, Ceil, Erf, LeakyRelu, Clip,
                 HardSigmoid, Quantize>
              Type>
Types infer_one(const Type& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_float(op, inputs);
  return {inputs[0]};
}

template <one_of<Abs, Neg> Type>
Types infer_one(const Type& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  expect_arithmetic(op, inputs);
  return {inputs[0]};
}

inline Types infer_one(const Identity& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 1);
  return {inputs[0]};
}

template <one_of<Add, Mul, Sub, Div, Pow, Max, Min> Type>
Types infer_one(const Type& op, TypeSpan inputs) {
  expect_inputs(op, inputs, 2);
  expect_arithmetic(op, inputs);
  return {{inputs[0].dtype, broadcast(op, inputs[0].shape, inputs[1].shape)}};
}

}  // namespace vernier
