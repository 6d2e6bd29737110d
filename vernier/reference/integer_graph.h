#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "vernier/ir/quant_graph.h"
#include "vernier/quant/fixed_point.h"

namespace vernier {

/// The integers of a value: parameters of the tensor and the range of its integers.
struct IntegerFormat {
  QuantParams params;
  IntRange range;
  Rounding rounding = Rounding::half_even;

  bool operator==(const IntegerFormat&) const = default;
};

/// Convolution, transposed convolution or linear layer on integers (Jacob et al., CVPR 2018,
/// equation 7):
///   sum = bias + sum over taps of (x - zero_point_x) * (w - zero_point_w)          exact in 32
///   bits y   = requantize(sum, addend - zero_point_addend), or float(sum) * scale for a float
///   output
/// Padding counts as the zero point of x.
struct IntegerLinear {
  Op op;          ///< Conv, ConvTranspose or Gemm (transA = 0, transB = 1) with its geometry
  Tensor weight;  ///< i8 as in the float graph, or i16 when 8 bits do not hold it
  std::vector<std::int32_t>
      weight_zero_points;          ///< one a channel of axis 0 (ConvTranspose: of the output)
  std::vector<std::int32_t> bias;  ///< at scale_x * scale_w, one an output channel
  std::vector<Requantizer> requantizers;  ///< one an output channel; empty for a float output
  std::vector<float>
      output_scales;      ///< float output: scale_x * scale_w, one an output channel; else empty
  Activation activation;  ///< applied to a float output; integers are clamped by `output`
  OutputRange output;
};

/// Add or Mul of two integer tensors of broadcastable shapes.
///   Add: requantize(a - zero_point_a, b - zero_point_b);  Mul: requantize((a - zero_point_a) * (b
///   - zero_point_b))
struct IntegerBinary {
  bool multiply = false;
  Requantizer requantizer;
  OutputRange output;
};

/// Average over a window: sum of (x - zero_point_x) over the valid elements, requantized by
/// scale_x / (scale_y * count). One requantizer for each count that occurs, indexed by count.
struct IntegerAverage {
  Op op;  ///< AveragePool, GlobalAveragePool or ReduceMean
  std::vector<Requantizer> requantizers;
  OutputRange output;
};

/// y = table[x - lo of x's range]: any function of one element, and a change of parameters. For 8
/// bits and fewer.
struct IntegerTable {
  std::vector<std::int32_t> table;
};

/// Moves or selects integers whose parameters do not change: max pooling, reshape, transpose,
/// slice, concat, ... Padding inserts the zero point.
struct IntegerMove {
  Op op;
};

/// A float island: operands are dequantized, the operator is computed in float, the result is
/// quantized if it has a point.
struct FloatNode {
  Op op;
};

using IntegerOp = std::variant<IntegerLinear, IntegerBinary, IntegerAverage, IntegerTable,
                               IntegerMove, FloatNode>;

struct IntegerNode {
  std::string name;
  IntegerOp op;
  std::vector<ValueId>
      inputs;  ///< activations only, in the order of the operator; an addend is the second
  std::vector<ValueId> outputs;
};

/// A quantized network with every number decided: integers of weights and biases, multipliers,
/// tables. No layout, no fusion beyond what the graph says. `exact` runs it as it stands; the
/// engine's plan is compiled from it.
struct IntegerGraph {
  Graph graph;  ///< names and shapes of the values; its nodes are the float ones
  std::vector<std::optional<IntegerFormat>> formats;  ///< indexed by value; none: float
  std::vector<IntegerNode> nodes;
  Requantization requantization = Requantization::floating;
};

/// Decides every number. The points must have parameters. A weight or bias that its integers cannot
/// hold (an accumulator that could leave 32 bits) is an Error that names the node.
IntegerGraph lower(const QuantGraph& model);

/// Nodes that run in float although an operand is an integer, or that are float altogether, with
/// the reason.
struct FloatIsland {
  std::string node;
  std::string type;
  std::string reason;
};
std::vector<FloatIsland> float_islands(const IntegerGraph& graph);

}  // namespace vernier
