#pragma once

// Private to passes/: the rules of `simplify`.

#include "vernier/passes/rewrite.h"

namespace vernier {

// simplify.cpp
/// A node whose result is its operand: identities, reshapes to the same shape, empty pads.
bool drop_no_op(Graph& graph, NodeId id);
/// A node whose operands are constants, unless the result is far larger than they are.
bool fold_constant(Graph& graph, NodeId id);
/// Zero padding of spatial axes before a convolution, or a pooling that counts the padding.
bool merge_pad(Graph& graph, NodeId id);
/// ReduceMean over the spatial axes -> GlobalAveragePool, and Flatten where they are dropped.
bool spatial_mean(Graph& graph, NodeId id);

// simplify_layers.cpp
/// A layer whose weight or bias somebody else reads too gets its own.
bool own_constants(Graph& graph, NodeId id);
/// Gemm with constant b and c -> transA = 0, transB = 1, alpha = beta = 1, c one a column.
bool normal_gemm(Graph& graph, NodeId id);
/// MatMul of a matrix and a constant one -> Gemm without bias.
bool matmul_to_gemm(Graph& graph, NodeId id);
/// x + c, x - c, c - x, x * c, x / c behind a layer, c constant and one a channel -> weight and
/// bias of the layer.
bool fold_channel_constant(Graph& graph, NodeId id);

}  // namespace vernier
