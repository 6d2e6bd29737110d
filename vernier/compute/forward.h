#pragma once

// Private to compute/: what each operator adds to a program, one overload each, grouped in families
// of one file. The result says whether oneDNN has a fast form; where it has none, nothing was added
// that writes a value, and `forward_dense` takes the operator. An operator without an overload does
// not compile.

#include <concepts>

#include "vernier/compute/compiler.h"
#include "vernier/ir/op.h"

namespace vernier {

/// Adds the steps of a node.
void forward(const Node& node, Compiler& compiler);

// convolution.cpp
bool forward(const Conv& op, const Node& node, Compiler& compiler);
bool forward(const ConvTranspose& op, const Node& node, Compiler& compiler);

// linear.cpp
bool forward(const Gemm& op, const Node& node, Compiler& compiler);
bool forward(const MatMul& op, const Node& node, Compiler& compiler);

// normalization.cpp
bool forward(const BatchNormalization& op, const Node& node, Compiler& compiler);
bool forward(const Softmax& op, const Node& node, Compiler& compiler);
bool forward(const LRN& op, const Node& node, Compiler& compiler);

// activation.cpp
bool forward(const Relu& op, const Node& node, Compiler& compiler);
bool forward(const LeakyRelu& op, const Node& node, Compiler& compiler);
bool forward(const PRelu& op, const Node& node, Compiler& compiler);
bool forward(const Clip& op, const Node& node, Compiler& compiler);
bool forward(const Sigmoid& op, const Node& node, Compiler& compiler);
bool forward(const HardSigmoid& op, const Node& node, Compiler& compiler);
bool forward(const HardSwish& op, const Node& node, Compiler& compiler);
bool forward(const Tanh& op, const Node& node, Compiler& compiler);
bool forward(const Exp& op, const Node& node, Compiler& compiler);
bool forward(const Log& op, const Node& node, Compiler& compiler);
bool forward(const Sqrt& op, const Node& node, Compiler& compiler);
bool forward(const Abs& op, const Node& node, Compiler& compiler);
bool forward(const Neg& op, const Node& node, Compiler& compiler);

// pooling.cpp
bool forward(const MaxPool& op, const Node& node, Compiler& compiler);
bool forward(const AveragePool& op, const Node& node, Compiler& compiler);
bool forward(const GlobalAveragePool& op, const Node& node, Compiler& compiler);
bool forward(const GlobalMaxPool& op, const Node& node, Compiler& compiler);
bool forward(const ReduceMean& op, const Node& node, Compiler& compiler);

// elementwise.cpp
bool forward(const Add& op, const Node& node, Compiler& compiler);
bool forward(const Mul& op, const Node& node, Compiler& compiler);
bool forward(const Sub& op, const Node& node, Compiler& compiler);
bool forward(const Div& op, const Node& node, Compiler& compiler);
bool forward(const Max& op, const Node& node, Compiler& compiler);
bool forward(const Min& op, const Node& node, Compiler& compiler);

// shape.cpp
bool forward(const Identity& op, const Node& node, Compiler& compiler);
bool forward(const Quantize& op, const Node& node, Compiler& compiler);
bool forward(const Cast& op, const Node& node, Compiler& compiler);
bool forward(const Reshape& op, const Node& node, Compiler& compiler);
bool forward(const Flatten& op, const Node& node, Compiler& compiler);
bool forward(const Squeeze& op, const Node& node, Compiler& compiler);
bool forward(const Unsqueeze& op, const Node& node, Compiler& compiler);
bool forward(const Concat& op, const Node& node, Compiler& compiler);

// move.cpp
bool forward(const Split& op, const Node& node, Compiler& compiler);
bool forward(const Slice& op, const Node& node, Compiler& compiler);
bool forward(const Pad& op, const Node& node, Compiler& compiler);
bool forward(const Transpose& op, const Node& node, Compiler& compiler);
bool forward(const Gather& op, const Node& node, Compiler& compiler);
bool forward(const Expand& op, const Node& node, Compiler& compiler);
bool forward(const DepthToSpace& op, const Node& node, Compiler& compiler);

// resize.cpp
bool forward(const Resize& op, const Node& node, Compiler& compiler);

template <typename Type, typename... Types>
concept OneOf = (std::same_as<Type, Types> || ...);

/// Operators for which oneDNN has nothing.
template <OneOf<Floor, Ceil, Erf, Pow, ReduceSum, QuantizeLinear, DequantizeLinear, Foreign> Type>
bool forward(const Type& /*op*/, const Node& /*node*/, Compiler& /*compiler*/) {
  return false;
}

/// dense.cpp: our own loops on row-major tensors.
void forward_dense(const Node& node, Compiler& compiler);

}  // namespace vernier
