#pragma once

// Private to passes/: layers, and which nodes have an integer form.

#include <span>

#include "vernier/ir/graph.h"

namespace vernier {

/// A convolution, transposed convolution or linear layer with constant weight and bias. A Gemm must
/// be in the form that `simplify` gives it.
bool is_layer(const Graph& graph, const Node& node);

/// The clamp that the operator can carry; null if it cannot.
Activation* activation_of(Op& op);

/// A layer whose result may be scaled: nobody else reads the result, its weight or its bias, and
/// neither clamp nor addend follows the sum.
bool is_scalable(const Graph& graph, const Node& node);

/// Changes a scalable layer so that its result becomes scale * result + shift, one factor and one
/// shift an output channel.
void scale_channels(Graph& graph, const Node& layer, std::span<const double> scale,
                    std::span<const double> shift);

/// Moves or selects elements: in integers, the parameters of the result are those of the operands.
bool moves_only(const Op& op);

/// Whether the node can compute in integers when all its operands and results have points.
bool has_integer_form(const Graph& graph, const Node& node);

/// A mean over all axes from 2 on.
bool is_spatial_mean(const ReduceMean& op, std::size_t rank);

}  // namespace vernier
