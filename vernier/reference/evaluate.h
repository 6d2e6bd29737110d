#pragma once

#include <span>
#include <vector>

#include "vernier/base/tensor.h"
#include "vernier/ir/graph.h"
#include "vernier/ir/op.h"

namespace vernier {

/// What an operator means on dense tensors, written as plainly as possible. Folds constants, checks
/// the executor, and computes the float islands of the exact reading. f32 everywhere; operators
/// that move elements take any dtype, and the arithmetic that occurs in shape computations (Add,
/// Sub, Mul, Div, Max, Min, Neg, Cast, ReduceSum ...) takes i64 and i32 too. Inputs must fit
/// (`infer` accepted them). A Foreign operator is an Error.
std::vector<Tensor> evaluate(const Op& op, std::span<const Tensor> inputs);

/// Every value of a graph for these inputs, indexed by value; constants included.
std::vector<Tensor> evaluate(const Graph& graph, std::span<const Tensor> inputs);

/// The graph's outputs alone; what nobody reads any more is dropped on the way.
std::vector<Tensor> evaluate_outputs(const Graph& graph, std::span<const Tensor> inputs);

}  // namespace vernier
