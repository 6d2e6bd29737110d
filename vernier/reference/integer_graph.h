#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "vernier/ir/quant_graph.h"
#include "vernier/quant/fixed_point.h"
#include "vernier/quant/tflite.h"

namespace vernier {

/// The integers of a value: parameters of the tensor and the range of its integers.
struct IntegerFormat {
  QuantParams params;
  IntRange range;
  Rounding rounding = Rounding::half_even;
  std::optional<AffineRounding> from_float = {};  ///< floats become integers by this, not by a
                                                  ///< division

  bool operator==(const IntegerFormat&) const = default;
};

/// Convolution, transposed convolution or linear layer on integers (Jacob et al., CVPR 2018,
/// equation 7):
///   sum = bias + sum over taps of (x - zero_point_x) * (w - zero_point_w)      exact in 32 bits
///   y   = requantize(sum, addend - zero_point_addend)      for an integer output
///   y   = activation(float(sum) * output_scale)            for a float output, in float32
///   y   = requantize_in_double(sum)                        with double ratios
/// With float biases sums are without `bias`, and
///   y   = FloatBias, or activation(float(sum) * output_scale + float_bias)
/// Padding counts as the zero point of x.
struct IntegerLinear {
  Op op;          ///< Conv, ConvTranspose or Gemm (transA = 0, transB = 1) with its geometry
  Tensor weight;  ///< i8, shaped as in the float graph; i16 where 8 bits do not hold the integers
  std::vector<std::int32_t> weight_zero_points;  ///< one; or one an output channel (not
                                                 ///< ConvTranspose)
  std::vector<std::int32_t> bias;                ///< at scale_x * scale_w, one an output channel
  std::vector<Requantizer> requantizers;   ///< one an output channel; empty for a float output
  std::vector<float> output_scales;        ///< scale_x * scale_w of a float output or with float
                                           ///< biases; else empty
  std::vector<float> float_biases = {};    ///< one an output channel, or none
  std::optional<FloatBias> finish = {};    ///< of integers with float biases, for `requantizers`
  std::vector<double> double_ratios = {};  ///< one an output channel, for `requantizers`; or none
  Activation activation;                   ///< of a float output; integers are clamped by `output`
  OutputRange output;
};

/// Whether the layer gives floats.
inline bool gives_floats(const IntegerLinear& layer) {
  return layer.requantizers.empty() && !layer.finish && layer.double_ratios.empty();
}

/// w - zero_point_w, in the order of the weight.
std::vector<std::int32_t> centred_weights(const IntegerLinear& linear);

/// Add or Mul of two integer tensors, with numpy's broadcasting:
///   Add: requantize(a - zero_point_a, b - zero_point_b), or add_rescaled of the same, or
///        add_fused(a, b)
///   Mul: requantize((a - zero_point_a) * (b - zero_point_b)), or multiply_fused of the same
struct IntegerBinary {
  bool multiply = false;
  Requantizer requantizer;
  OutputRange output;
  std::optional<FusedAddition> fused = {};  ///< then only the clamp of `output` is used beside it
  std::optional<RescaledAddition> rescaled = {};  ///< in place of the requantizer
};

/// Average over a window: the sum of (x - zero_point_x) over the valid elements, requantized by
/// scale_x / (scale_y * count), where count is the number of valid elements, or of all that the
/// padded tensor has there (count_include_pad). Or rounded_quotient(sum of x, count).
struct IntegerAverage {
  Op op;  ///< AveragePool or GlobalAveragePool; ReduceMean over all axes from 2 on
  std::map<std::int64_t, Requantizer> requantizers;  ///< by count
  OutputRange output;
  std::optional<FloatMean> mean = {};  ///< then every multiplier is the `number` of mean_of()
  bool quotient = false;               ///< then every integer multiplier is the count
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
/// quantized if it has a format.
struct FloatNode {
  Op op;
  std::string reason;  ///< why it has no integer form: "operand 'x' is float"
};

using IntegerOp = std::variant<IntegerLinear, IntegerBinary, IntegerAverage, IntegerTable,
                               IntegerMove, FloatNode>;

struct IntegerNode {
  std::string name;
  IntegerOp op;
  /// IntegerLinear: x and, where there is one, the addend; else the inputs of the operator.
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
};

/// A quantized network with every number decided: integers of weights and biases, multipliers,
/// tables. No layout, no fusion beyond what the graph says. `exact` runs it as it stands; the
/// engine's plan is compiled from it.
struct IntegerGraph {
  /// Names, shapes and constants of the values; its nodes are the float ones. A constant that float
  /// nodes read has been fake-quantized if it has one parameter a channel. Values behind those of
  /// the model hold the operands that are brought to the parameters of a concat.
  Graph graph;
  std::vector<std::optional<IntegerFormat>> formats;  ///< indexed by value; none: float
  std::vector<IntegerNode> nodes;
  Requantization requantization = Requantization::floating;
};

/// Decides every number. The points must have parameters. A node computes in integers where all
/// operands and results have a format (a layer may also give floats) and its operator has an
/// integer form; every other node is a FloatNode with its reason. A bias or sum that 32 bits cannot
/// hold is an Error that names node and channel.
IntegerGraph lower(const QuantGraph& model);

/// Decides a layer of `lowered` once more, after its weight, its bias or their scales have changed
/// in `model`. The formats of values must be what they were.
void lower_again(IntegerGraph& lowered, const QuantGraph& model, const Node& layer);

/// A node that runs in float.
struct FloatIsland {
  std::string node;
  std::string type;
  std::string reason;
};
/// All of them in order, but for the Quantize nodes through which floats enter the integers, and
/// for what only gives floats another shape.
std::vector<FloatIsland> float_islands(const IntegerGraph& graph);

}  // namespace vernier
