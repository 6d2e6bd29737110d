#pragma once

// For tests: one valid use of every operator, in which every field differs from its default. A new
// operator does not compile until it has one.

#include <limits>
#include <string>
#include <vector>

#include "vernier/ir/fields.h"
#include "vernier/ir/graph.h"
#include "vernier/ir/shapes.h"

namespace vernier {

struct OperatorSample {
  Op op;
  std::vector<ValueType> inputs;
};

inline ValueType f32(Shape shape) { return {DType::f32, std::move(shape)}; }

template <typename Type, typename... Types>
concept any_of = (std::same_as<Type, Types> || ...);

template <any_of<Relu, Sigmoid, HardSwish, Tanh, Exp, Log, Sqrt, Abs, Neg, Floor, Ceil, Erf,
                 Identity, Quantize, GlobalAveragePool, GlobalMaxPool>
              Type>
OperatorSample sample(const Type& op) {
  return {op, {f32({2, 3, 4, 5})}};
}

template <any_of<Sub, Div, Pow, Max, Min, PRelu> Type>
OperatorSample sample(const Type& op) {
  return {op, {f32({2, 3, 4, 5}), f32({3, 1, 1})}};
}

template <any_of<Add, Mul> Type>
OperatorSample sample(const Type& /*op*/) {
  return {Type{.activation = {0.0F, 6.0F}}, {f32({2, 3, 4, 5}), f32({2, 3, 1, 5})}};
}

template <any_of<ReduceMean, ReduceSum> Type>
OperatorSample sample(const Type& /*op*/) {
  return {Type{.axes = {1, 3}, .keepdims = false}, {f32({2, 3, 4, 5})}};
}

inline OperatorSample sample(const Conv& /*op*/) {
  return {Conv{.strides = {2, 1},
               .dilations = {1, 2},
               .pads = {1, 0, 1, 2},
               .group = 2,
               .activation = {0.0F, std::numeric_limits<float>::infinity()}},
          {f32({2, 4, 6, 7}), f32({6, 2, 3, 3}), f32({6}), f32({2, 6, 3, 5})}};
}

inline OperatorSample sample(const ConvTranspose& /*op*/) {
  return {ConvTranspose{.strides = {2, 3},
                        .dilations = {2, 1},
                        .pads = {1, 0, 1, 2},
                        .output_padding = {1, 0},
                        .group = 2,
                        .activation = {-1.0F, 1.0F}},
          {f32({2, 4, 6, 7}), f32({4, 3, 3, 3}), f32({6})}};
}

inline OperatorSample sample(const Gemm& /*op*/) {
  return {Gemm{.alpha = 0.5F, .beta = 2.0F, .transA = 1, .transB = 1, .activation = {0.0F, 1.0F}},
          {f32({4, 3}), f32({5, 4}), f32({5})}};
}

inline OperatorSample sample(const MatMul& op) { return {op, {f32({2, 3, 4}), f32({4, 5})}}; }

inline OperatorSample sample(const BatchNormalization& /*op*/) {
  return {BatchNormalization{.epsilon = 0.001F},
          {f32({2, 3, 4, 5}), f32({3}), f32({3}), f32({3}), f32({3})}};
}

inline OperatorSample sample(const LeakyRelu& /*op*/) {
  return {LeakyRelu{.alpha = 0.3F}, {f32({2, 3})}};
}

inline OperatorSample sample(const Clip& /*op*/) {
  return {Clip{.min = -0.5F, .max = 0.5F}, {f32({2, 3})}};
}

inline OperatorSample sample(const HardSigmoid& /*op*/) {
  return {HardSigmoid{.alpha = 0.25F, .beta = 0.25F}, {f32({2, 3})}};
}

inline OperatorSample sample(const Cast& /*op*/) { return {Cast{.to = DType::i64}, {f32({2, 3})}}; }

inline OperatorSample sample(const Softmax& /*op*/) {
  return {Softmax{.axis = 2, .flatten = true}, {f32({2, 3, 4, 5})}};
}

inline OperatorSample sample(const LRN& /*op*/) {
  return {LRN{.alpha = 0.1F, .beta = 0.5F, .bias = 2.0F, .size = 3}, {f32({2, 5, 4, 4})}};
}

inline OperatorSample sample(const MaxPool& /*op*/) {
  return {MaxPool{.kernel_shape = {3, 2},
                  .strides = {2, 2},
                  .dilations = {1, 2},
                  .pads = {1, 0, 1, 0},
                  .ceil_mode = true},
          {f32({2, 3, 6, 7})}};
}

inline OperatorSample sample(const AveragePool& /*op*/) {
  return {AveragePool{.kernel_shape = {3, 2},
                      .strides = {2, 2},
                      .pads = {1, 0, 1, 1},
                      .ceil_mode = true,
                      .count_include_pad = true},
          {f32({2, 3, 6, 7})}};
}

inline OperatorSample sample(const Concat& /*op*/) {
  return {Concat{.axis = 2}, {f32({2, 3, 4}), f32({2, 3, 1}), f32({2, 3, 2})}};
}

inline OperatorSample sample(const Split& /*op*/) {
  return {Split{.axis = 2, .split = {1, 3}}, {f32({2, 3, 4})}};
}

inline OperatorSample sample(const Slice& /*op*/) {
  return {Slice{.starts = {-1, 0},
                .ends = {std::numeric_limits<std::int64_t>::min(), 100},
                .axes = {2, 1},
                .steps = {-2, 1}},
          {f32({2, 3, 4})}};
}

inline OperatorSample sample(const Pad& /*op*/) {
  return {Pad{.mode = PadMode::reflect, .pads = {0, 0, 1, 2, 0, -1, 3, 0}, .value = 0.5F},
          {f32({2, 3, 4, 5})}};
}

inline OperatorSample sample(const Reshape& /*op*/) {
  return {Reshape{.shape = {-1, 6, 2}}, {f32({2, 3, 4})}};
}

inline OperatorSample sample(const Flatten& /*op*/) {
  return {Flatten{.axis = 2}, {f32({2, 3, 4})}};
}

inline OperatorSample sample(const Squeeze& /*op*/) {
  return {Squeeze{.axes = {1, 3}}, {f32({2, 1, 4, 1})}};
}

inline OperatorSample sample(const Unsqueeze& /*op*/) {
  return {Unsqueeze{.axes = {0, 3}}, {f32({2, 3})}};
}

inline OperatorSample sample(const Transpose& /*op*/) {
  return {Transpose{.perm = {0, 2, 1}}, {f32({2, 3, 4})}};
}

inline OperatorSample sample(const Gather& /*op*/) {
  return {Gather{.axis = 1}, {f32({2, 3, 4}), {DType::i64, {2, 2}}}};
}

inline OperatorSample sample(const Expand& /*op*/) {
  return {Expand{.shape = {4, -1, 3, -1}}, {f32({2, 1, 5})}};
}

inline OperatorSample sample(const DepthToSpace& /*op*/) {
  return {DepthToSpace{.blocksize = 2, .mode = DepthToSpaceMode::CRD}, {f32({2, 8, 3, 4})}};
}

inline OperatorSample sample(const Resize& /*op*/) {
  return {Resize{.mode = ResizeMode::cubic,
                 .coordinate_transformation_mode = CoordinateMode::tf_crop_and_resize,
                 .nearest_mode = NearestMode::ceil,
                 .cubic_coeff_a = -0.5F,
                 .exclude_outside = true,
                 .extrapolation_value = 1.5F,
                 .scales = {1.0F, 1.0F, 2.0F, 0.5F},
                 .sizes = {1, 3, 8, 2},
                 .roi = {0.0F, 0.0F, 0.25F, 0.25F, 1.0F, 1.0F, 0.75F, 0.75F}},
          {f32({2, 3, 4, 5})}};
}

inline OperatorSample sample(const QuantizeLinear& /*op*/) {
  return {QuantizeLinear{.axis = 2, .to = DType::i8}, {f32({2, 3, 4}), f32({4}), {DType::i8, {4}}}};
}

inline OperatorSample sample(const DequantizeLinear& /*op*/) {
  return {DequantizeLinear{.axis = 2}, {{DType::u8, {2, 3, 4}}, f32({4}), {DType::u8, {4}}}};
}

inline OperatorSample sample(const Foreign& /*op*/) {
  return {
      Foreign{
          .domain = "com.example", .op_type = "Magic", .definition = std::string("\0\"\\\n", 4)},
      {f32({2, 3})}};
}

/// A sample of every operator, in the order of the variant.
inline std::vector<OperatorSample> operator_samples() {
  std::vector<OperatorSample> samples;
  for_each_operator([&](const auto& op) { samples.push_back(sample(op)); });
  return samples;
}

/// Every sample beside each other in one graph; node and values carry the operator's type in their
/// names.
inline Graph graph_of_samples() {
  Graph graph;
  for (const OperatorSample& sample : operator_samples()) {
    const std::string type(std::visit([](const auto& op) { return op.type; }, sample.op));
    Node node{.name = type, .op = sample.op};
    for (const ValueType& input : sample.inputs) {
      const std::string name = fmt::format("{} input {}", type, node.inputs.size());
      node.inputs.push_back(
          add_value(graph, {.name = name, .dtype = input.dtype, .shape = input.shape}));
      graph.inputs.push_back(node.inputs.back());
    }
    const bool foreign = std::holds_alternative<Foreign>(sample.op);
    const auto outputs = foreign ? std::vector{f32({1, 7})} : infer(sample.op, sample.inputs);
    for (const ValueType& output : outputs) {
      const std::string name = fmt::format("{}:{}", type, node.outputs.size());
      node.outputs.push_back(
          add_value(graph, {.name = name, .dtype = output.dtype, .shape = output.shape}));
      graph.outputs.push_back(node.outputs.back());
    }
    graph.nodes.push_back(std::move(node));
  }
  return graph;
}

}  // namespace vernier
