#include "vernier/reference/evaluate.h"

#include <array>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "vernier/base/random.h"

namespace vernier {
namespace {

template <typename T>
Tensor tensor(Shape shape, const std::vector<T>& elements) {
  return Tensor::of<T>(std::move(shape), elements);
}

Tensor floats(Shape shape, const std::vector<float>& elements) {
  return tensor<float>(std::move(shape), elements);
}

Tensor integers(Shape shape, const std::vector<std::int64_t>& elements) {
  return tensor<std::int64_t>(std::move(shape), elements);
}

// 1, 2, 3, ...
Tensor counting(Shape shape) {
  Tensor result(DType::f32, std::move(shape));
  const std::span<float> elements = result.edit<float>();
  std::iota(elements.begin(), elements.end(), 1.0F);
  return result;
}

Tensor random_tensor(Shape shape, std::uint64_t seed = 1) {
  Tensor result(DType::f32, std::move(shape));
  Random random(seed);
  for (float& value : result.edit<float>()) value = static_cast<float>(random.normal());
  return result;
}

Tensor run(const Op& op, const std::vector<Tensor>& inputs) { return evaluate(op, inputs).at(0); }

std::vector<float> values(const Tensor& x) {
  return {x.view<float>().begin(), x.view<float>().end()};
}

void expect_near(const Tensor& actual, const Tensor& expected, float tolerance) {
  ASSERT_EQ(actual.shape(), expected.shape());
  for (std::size_t i = 0; i < actual.view<float>().size(); ++i) {
    ASSERT_NEAR(actual.view<float>()[i], expected.view<float>()[i], tolerance) << "element " << i;
  }
}

// ---- Linear operators.

TEST(EvaluateConv, AddsBiasThenAddendThenClamps) {
  const Conv conv{.activation = {.lo = 0.0F, .hi = 6.0F}};
  const Tensor y = run(conv, {floats({1, 1, 1, 3}, {1, 2, 3}), floats({1, 1, 1, 1}, {2}),
                              floats({1}, {-1}), floats({1, 1, 1, 3}, {-9, 1, 5})});
  EXPECT_EQ(values(y), (std::vector<float>{0, 4, 6}));
}

TEST(EvaluateConv, TakesOneTwoOrThreeSpatialAxes) {
  const Tensor bias = floats({1}, {0});
  for (const Shape& space : {Shape{4}, Shape{4, 4}, Shape{4, 4, 4}}) {
    const Ints ones(space.size(), 1);
    Shape x = {1, 1};
    x.insert(x.end(), space.begin(), space.end());
    const Conv conv{
        .strides = Ints(space.size(), 2), .dilations = ones, .pads = Ints(2 * space.size(), 0)};
    Shape kernel = {1, 1};
    kernel.insert(kernel.end(), space.size(), 2);
    const Tensor weight(DType::f32, kernel);
    EXPECT_EQ(run(conv, {counting(x), weight, bias}).shape().back(), 2);
  }
  const Conv four{.strides = Ints(4, 1), .dilations = Ints(4, 1), .pads = Ints(8, 0)};
  const Tensor x(DType::f32, Shape(6, 1));
  EXPECT_THROW(run(four, {x, x, bias}), Error) << "four spatial axes";
}

TEST(EvaluateConvTranspose, OutputPaddingAddsElementsThatSeeTheBiasOnly) {
  const ConvTranspose transposed{.strides = {1, 2}, .output_padding = {0, 1}};
  const Tensor y =
      run(transposed, {floats({1, 1, 1, 2}, {1, 2}), floats({1, 1, 1, 1}, {3}), floats({1}, {10})});
  EXPECT_EQ(values(y), (std::vector<float>{13, 10, 16, 10}));
}

TEST(EvaluateGemm, EveryTranspositionGivesTheSame) {
  const Tensor a = random_tensor({3, 4}, 1);
  const Tensor b = random_tensor({4, 5}, 2);
  const Tensor c = random_tensor({5}, 3);
  const Transpose swap{.perm = {1, 0}};
  const Tensor expected = run(Gemm{.alpha = 2.0F, .beta = 0.5F}, {a, b, c});
  const Gemm both{.alpha = 2.0F, .beta = 0.5F, .transA = 1, .transB = 1};
  EXPECT_EQ(run(both, {run(swap, {a}), run(swap, {b}), c}), expected);
}

TEST(EvaluateGemm, ScalesProductAndAddendThenClamps) {
  const Gemm gemm{.alpha = 2.0F, .beta = 3.0F, .activation = {.lo = 0.0F, .hi = 30.0F}};
  const Tensor y = run(
      gemm, {floats({1, 2}, {1, 2}), floats({2, 3}, {1, 0, -9, 0, 1, 9}), floats({3}, {1, -9, 9})});
  EXPECT_EQ(values(y), (std::vector<float>{5, 0, 30}));
}

TEST(EvaluateMatMul, BroadcastsTheStacks) {
  const Tensor a = random_tensor({2, 1, 3, 4}, 1);
  const Tensor b = random_tensor({5, 4, 6}, 2);
  const Tensor y = run(MatMul{}, {a, b});
  ASSERT_EQ(y.shape(), Shape({2, 5, 3, 6}));
  for (std::int64_t i = 0; i < 2; ++i) {
    for (std::int64_t j = 0; j < 5; ++j) {
      const Tensor left = run(Gather{}, {a.reshaped({2, 3, 4}), integers({}, {i})});
      const Tensor right = run(Gather{}, {b, integers({}, {j})});
      const Tensor part = run(Gather{}, {y.reshaped({10, 3, 6}), integers({}, {i * 5 + j})});
      EXPECT_EQ(run(MatMul{}, {left, right}), part) << i << ", " << j;
    }
  }
}

TEST(EvaluateMatMul, VectorsAreARowOnTheLeftAndAColumnOnTheRight) {
  const Tensor vector = floats({2}, {1, 10});
  const Tensor matrix = floats({2, 2}, {1, 2, 3, 4});
  EXPECT_EQ(run(MatMul{}, {vector, matrix}), floats({2}, {31, 42}));
  EXPECT_EQ(run(MatMul{}, {matrix, vector}), floats({2}, {21, 43}));
  EXPECT_EQ(run(MatMul{}, {vector, vector}), floats({}, {101}));
}

// ---- Functions of elements.

TEST(EvaluateElementwise, ParametersReachTheFunction) {
  const Tensor x = floats({2}, {-1, 4});
  EXPECT_EQ(run(LeakyRelu{.alpha = 0.5F}, {x}), floats({2}, {-0.5F, 4}));
  EXPECT_EQ(run(Clip{.min = 0, .max = 3}, {x}), floats({2}, {0, 3}));
  EXPECT_EQ(run(HardSigmoid{.alpha = 0.5F, .beta = 0.75F}, {x}), floats({2}, {0.25F, 1}));
  EXPECT_EQ(run(Relu{}, {x}), floats({2}, {0, 4}));
  EXPECT_EQ(run(Add{.activation = {.lo = 0}}, {x, x}), floats({2}, {0, 8}));
  EXPECT_EQ(run(Mul{.activation = {.hi = 6}}, {x, x}), floats({2}, {1, 6}));
}

TEST(EvaluateElementwise, ShapeArithmeticIsExactInIntegers) {
  const std::int64_t large = (std::int64_t{1} << 53) + 1;
  const Tensor a = integers({2}, {large, -7});
  const Tensor b = integers({1}, {2});
  EXPECT_EQ(run(Add{}, {a, b}), integers({2}, {large + 2, -5}));
  EXPECT_EQ(run(Sub{}, {a, b}), integers({2}, {large - 2, -9}));
  EXPECT_EQ(run(Mul{}, {a, b}), integers({2}, {2 * large, -14}));
  EXPECT_EQ(run(Div{}, {a, b}), integers({2}, {large / 2, -3}));
  EXPECT_EQ(run(Max{}, {a, b}), integers({2}, {large, 2}));
  EXPECT_EQ(run(Min{}, {a, b}), integers({2}, {2, -7}));
  EXPECT_EQ(run(Neg{}, {a}), integers({2}, {-large, 7}));
  EXPECT_EQ(run(Abs{}, {a}), integers({2}, {large, 7}));
  EXPECT_EQ(run(ReduceSum{.axes = {0}}, {a}), integers({1}, {large - 7}));
  EXPECT_EQ(run(Cast{.to = DType::i32}, {b}), tensor<std::int32_t>({1}, {2}));
}

TEST(EvaluateElementwise, WhatIntegersDoNotHaveIsAnError) {
  const Tensor two = integers({1}, {2});
  EXPECT_THROW(run(Pow{}, {two, two}), Error);
  EXPECT_THROW(run(Div{}, {two, integers({1}, {0})}), Error);
}

TEST(EvaluateElementwise, QuantizeIsTheIdentity) {
  const Tensor x = random_tensor({2, 3});
  EXPECT_EQ(run(Quantize{}, {x}), x);
  EXPECT_EQ(run(Identity{}, {x}), x);
}

TEST(EvaluateQuantizeLinear, PerTensorAndPerChannel) {
  const Tensor x = floats({2, 2}, {1, 2, 3, 4});
  const Tensor scale = floats({}, {0.5F});
  const Tensor zero_point = tensor<std::uint8_t>({}, {10});
  const Tensor y = run(QuantizeLinear{}, {x, scale, zero_point});
  EXPECT_EQ(y, tensor<std::uint8_t>({2, 2}, {12, 14, 16, 18}));
  EXPECT_EQ(run(DequantizeLinear{}, {y, scale, zero_point}), x);

  const Tensor scales = floats({2}, {1, 0.5F});
  const Tensor zero_points = tensor<std::int8_t>({2}, {0, -100});
  const QuantizeLinear rows{.axis = 0, .to = DType::i8};
  EXPECT_EQ(run(rows, {x, scales, zero_points}), tensor<std::int8_t>({2, 2}, {1, 2, -94, -92}));
  const QuantizeLinear columns{.axis = 1, .to = DType::i8};
  EXPECT_EQ(run(columns, {x, scales, zero_points}), tensor<std::int8_t>({2, 2}, {1, -96, 3, -92}));
}

// ---- Normalization, pooling, reduction.

TEST(EvaluateSoftmax, FlattenedItSumsOverAllAxesBehind) {
  const Tensor x = random_tensor({2, 3, 4});
  const Tensor flat = run(Softmax{.axis = 1, .flatten = true}, {x});
  EXPECT_EQ(flat.reshaped({2, 12}), run(Softmax{.axis = 1}, {x.reshaped({2, 12})}));
  const Tensor sums = run(ReduceSum{.axes = {1}}, {run(Softmax{.axis = 1}, {x})});
  for (const float sum : sums.view<float>()) EXPECT_NEAR(sum, 1.0F, 1e-6F);
}

TEST(EvaluateBatchNormalization, EqualsItsFormulaInOtherOperators) {
  const Tensor x = random_tensor({2, 3, 4, 5}, 1);
  const Tensor scale = random_tensor({3}, 2);
  const Tensor bias = random_tensor({3}, 3);
  const Tensor mean = random_tensor({3}, 4);
  const Tensor variance = floats({3}, {0.5F, 1, 2});
  const auto channels = [](const Tensor& parameter) { return parameter.reshaped({3, 1, 1}); };
  const Tensor widened = run(Add{}, {variance, floats({}, {1e-3F})});
  const Tensor deviation = run(Sqrt{}, {channels(widened)});
  const Tensor centred = run(Sub{}, {x, channels(mean)});
  const Tensor scaled = run(Mul{}, {run(Div{}, {centred, deviation}), channels(scale)});
  expect_near(run(BatchNormalization{.epsilon = 1e-3F}, {x, scale, bias, mean, variance}),
              run(Add{}, {scaled, channels(bias)}), 1e-5F);
}

TEST(EvaluateLRN, OneChannelIsDividedByItsOwnSquare) {
  const LRN lrn{.alpha = 1.0F, .beta = 1.0F, .bias = 1.0F, .size = 1};
  EXPECT_EQ(run(lrn, {floats({1, 2, 1}, {1, 3})}), floats({1, 2, 1}, {0.5F, 0.3F}));
}

TEST(EvaluatePool, GlobalPoolsEqualOneWindowOverThePlane) {
  const Tensor x = random_tensor({2, 3, 4, 5});
  expect_near(run(GlobalAveragePool{}, {x}), run(AveragePool{.kernel_shape = {4, 5}}, {x}), 1e-6F);
  EXPECT_EQ(run(GlobalMaxPool{}, {x}), run(MaxPool{.kernel_shape = {4, 5}}, {x}));
  EXPECT_EQ(run(GlobalAveragePool{}, {x}), run(ReduceMean{.axes = {2, 3}}, {x}));
}

TEST(EvaluatePool, RoundingUpAddsAWindow) {
  const Tensor x = floats({1, 1, 4}, {1, 2, 3, 4});
  const Ints two = {2};
  const Ints pads = {0, 0};
  const AveragePool average{.kernel_shape = {3}, .strides = two, .pads = pads, .ceil_mode = true};
  EXPECT_EQ(run(average, {x}), floats({1, 1, 2}, {2, 3.5F}));
  const MaxPool most{
      .kernel_shape = {3}, .strides = two, .dilations = {1}, .pads = pads, .ceil_mode = true};
  EXPECT_EQ(run(most, {x}), floats({1, 1, 2}, {3, 4}));
}

TEST(EvaluatePool, AKernelOfAbsurdSizeIsAnError) {
  const std::int64_t size = std::int64_t{1} << 29;
  const MaxPool pool{.kernel_shape = {size, size},
                     .strides = {1, 1},
                     .pads = {size - 1, size - 1, size - 1, size - 1}};
  EXPECT_THROW(run(pool, {random_tensor({1, 1, 1, 1})}), Error);
}

TEST(EvaluateReduce, KeepsTheAxesOrNot) {
  const Tensor x = floats({2, 2}, {1, 2, 3, 5});
  EXPECT_EQ(run(ReduceSum{.axes = {1}}, {x}), floats({2, 1}, {3, 8}));
  EXPECT_EQ(run(ReduceMean{.axes = {0}, .keepdims = false}, {x}), floats({2}, {2, 3.5F}));
  EXPECT_EQ(run(ReduceSum{.keepdims = false}, {x}), floats({}, {11}));
}

// ---- Moving elements.

TEST(EvaluateMove, TransposeTwiceIsTheIdentity) {
  const Tensor x = random_tensor({2, 3, 4, 5});
  const Tensor y = run(Transpose{.perm = {2, 0, 3, 1}}, {x});
  EXPECT_EQ(y.shape(), Shape({4, 2, 5, 3}));
  EXPECT_EQ(run(Transpose{.perm = {1, 3, 0, 2}}, {y}), x);
}

TEST(EvaluateMove, TransposeSwapsRowsAndColumns) {
  EXPECT_EQ(run(Transpose{.perm = {1, 0}}, {integers({2, 3}, {1, 2, 3, 4, 5, 6})}),
            integers({3, 2}, {1, 4, 2, 5, 3, 6}));
}

TEST(EvaluateMove, SplitUndoesConcat) {
  const std::vector<Tensor> parts = {random_tensor({2, 1, 3}, 1), random_tensor({2, 4, 3}, 2),
                                     random_tensor({2, 0, 3}, 3)};
  const Tensor whole = run(Concat{.axis = 1}, parts);
  EXPECT_EQ(evaluate(Split{.axis = 1, .split = {1, 4, 0}}, std::array{whole}), parts);
  const Slice second{.starts = {1}, .ends = {5}, .axes = {1}, .steps = {1}};
  EXPECT_EQ(run(second, {whole}), parts[1]);
}

TEST(EvaluateMove, SliceAsNumpyDoes) {
  const Tensor x = counting({6});
  const auto slice = [&](std::int64_t start, std::int64_t end, std::int64_t step) {
    return values(run(Slice{{start}, {end}, {0}, {step}}, {x}));
  };
  EXPECT_EQ(slice(1, 4, 1), (std::vector<float>{2, 3, 4}));
  EXPECT_EQ(slice(-2, 1000, 1), (std::vector<float>{5, 6}));
  EXPECT_EQ(slice(0, 6, 4), (std::vector<float>{1, 5}));
  EXPECT_EQ(slice(-1, -1000, -2), (std::vector<float>{6, 4, 2}));
  EXPECT_EQ(slice(4, 2, 1), (std::vector<float>{}));
}

TEST(EvaluateMove, PadFillsMirrorsOrRepeats) {
  const Tensor x = counting({1, 3});
  const auto pad = [&](PadMode mode, const Ints& pads) {
    return values(run(Pad{.mode = mode, .pads = pads, .value = 9}, {x}));
  };
  EXPECT_EQ(pad(PadMode::constant, {0, 1, 0, 2}), (std::vector<float>{9, 1, 2, 3, 9, 9}));
  EXPECT_EQ(pad(PadMode::reflect, {0, 2, 0, 1}), (std::vector<float>{3, 2, 1, 2, 3, 2}));
  EXPECT_EQ(pad(PadMode::edge, {0, 1, 0, 2}), (std::vector<float>{1, 1, 2, 3, 3, 3}));
  EXPECT_EQ(pad(PadMode::constant, {0, -1, 0, 1}), (std::vector<float>{2, 3, 9}));
  EXPECT_EQ(pad(PadMode::constant, {1, 0, 0, 0}), (std::vector<float>{9, 9, 9, 1, 2, 3}));
}

TEST(EvaluateMove, PadCutsWhatItAdded) {
  const Tensor x = random_tensor({2, 3, 4});
  const Tensor padded = run(Pad{.mode = PadMode::reflect, .pads = {1, 0, 2, 1, 2, 3}}, {x});
  EXPECT_EQ(run(Pad{.pads = {-1, 0, -2, -1, -2, -3}}, {padded}), x);
}

TEST(EvaluateMove, IntegersArePaddedWithAnInteger) {
  const Tensor x = tensor<std::int8_t>({1}, {5});
  EXPECT_EQ(run(Pad{.pads = {1, 0}, .value = -3}, {x}), tensor<std::int8_t>({2}, {-3, 5}));
}

TEST(EvaluateMove, ExpandRepeats) {
  const Tensor x = integers({2, 1}, {1, 2});
  EXPECT_EQ(run(Expand{.shape = {2, 1, 3}}, {x}),
            integers({2, 2, 3}, {1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2}));
  EXPECT_EQ(run(Expand{.shape = {-1, 2}}, {x}), integers({2, 2}, {1, 1, 2, 2}));
}

TEST(EvaluateMove, GatherTakesRowsAndCountsFromTheEnd) {
  const Tensor x = counting({2, 3});
  EXPECT_EQ(run(Gather{.axis = 1}, {x, integers({2}, {2, -3})}), floats({2, 2}, {3, 1, 6, 4}));
  EXPECT_EQ(run(Gather{.axis = 0}, {x, integers({}, {-1})}), floats({3}, {4, 5, 6}));
  EXPECT_THROW(run(Gather{.axis = 0}, {x, integers({1}, {2})}), Error);
}

TEST(EvaluateMove, ReshapesKeepTheElements) {
  const Tensor x = counting({2, 1, 3});
  EXPECT_EQ(run(Reshape{.shape = {-1, 2}}, {x}), counting({3, 2}));
  EXPECT_EQ(run(Flatten{.axis = 1}, {x}), counting({2, 3}));
  EXPECT_EQ(run(Squeeze{.axes = {1}}, {x}), counting({2, 3}));
  EXPECT_EQ(run(Unsqueeze{.axes = {0}}, {x}), counting({1, 2, 1, 3}));
}

// ONNX's own formulas for the two modes, in the operators that they name.
TEST(EvaluateMove, DepthToSpaceEqualsItsTransposition) {
  const Tensor x = random_tensor({2, 12, 3, 5});
  const auto blocks = [&](const Shape& shape, const Ints& perm) {
    return run(Transpose{perm}, {x.reshaped(shape)}).reshaped({2, 3, 6, 10});
  };
  EXPECT_EQ(run(DepthToSpace{.blocksize = 2, .mode = DepthToSpaceMode::DCR}, {x}),
            blocks({2, 2, 2, 3, 3, 5}, {0, 3, 4, 1, 5, 2}));
  EXPECT_EQ(run(DepthToSpace{.blocksize = 2, .mode = DepthToSpaceMode::CRD}, {x}),
            blocks({2, 3, 2, 2, 3, 5}, {0, 1, 4, 2, 5, 3}));
}

// ---- What may come from a damaged file.

TEST(Evaluate, AForeignOperatorIsAnError) {
  EXPECT_THROW(run(Foreign{.op_type = "Mystery"}, {}), Error);
}

TEST(Evaluate, AResultOfAbsurdSizeIsAnError) {
  const std::int64_t large = std::int64_t{1} << 19;
  EXPECT_THROW(run(Expand{.shape = {large, large}}, {floats({}, {1})}), Error);
}

TEST(Evaluate, AnEmptyResultCostsNothing) {
  const Tensor y = run(Expand{.shape = {0, std::int64_t{1} << 31}}, {floats({}, {1})});
  EXPECT_EQ(y.size(), 0);
}

TEST(Evaluate, AMeanOverNothingIsNoNumber) {
  const Tensor y = run(ReduceMean{.axes = {1}}, {Tensor(DType::f32, {2, 0})});
  EXPECT_TRUE(std::isnan(y.view<float>()[0]));
}

// ---- Graphs.

Graph relu_then_add() {
  Graph graph;
  graph.any_batch = true;
  const ValueId x = add_value(graph, {.name = "x", .shape = {1, 2}});
  const ValueId one = add_constant(graph, "one", floats({2}, {1, 10}));
  const ValueId positive = add_value(graph, {.name = "positive", .shape = {1, 2}});
  const ValueId y = add_value(graph, {.name = "y", .shape = {1, 2}});
  graph.nodes.push_back({.name = "relu", .op = Relu{}, .inputs = {x}, .outputs = {positive}});
  graph.nodes.push_back({.name = "add", .op = Add{}, .inputs = {positive, one}, .outputs = {y}});
  graph.inputs = {x};
  graph.outputs = {y};
  return graph;
}

TEST(EvaluateGraph, GivesEveryValueForAnyBatch) {
  const Tensor x = floats({2, 2}, {-1, 2, 3, -4});
  EXPECT_EQ(evaluate(relu_then_add(), std::array{x}),
            (std::vector{x, floats({2}, {1, 10}), floats({2, 2}, {0, 2, 3, 0}),
                         floats({2, 2}, {1, 12, 4, 10})}));
}

TEST(EvaluateGraph, OutputsAloneAreTheSame) {
  Graph graph = relu_then_add();
  graph.outputs = {graph.inputs[0], ValueId{3}, ValueId{2}};  // one is read by a node, too
  const Tensor x = floats({2, 2}, {-1, 2, 3, -4});
  EXPECT_EQ(evaluate_outputs(graph, std::array{x}),
            (std::vector{x, floats({2, 2}, {1, 12, 4, 10}), floats({2, 2}, {0, 2, 3, 0})}));
}

TEST(EvaluateGraph, RefusesInputsThatDoNotFit) {
  const Graph graph = relu_then_add();
  EXPECT_THROW(evaluate(graph, std::vector<Tensor>{}), Error);
  EXPECT_THROW(evaluate(graph, std::array{floats({2, 3}, std::vector<float>(6))}), Error);
  EXPECT_THROW(evaluate(graph, std::array{integers({1, 2}, {1, 2})}), Error);
}

TEST(EvaluateGraph, AnErrorNamesTheNode) {
  Graph graph = relu_then_add();
  graph[ValueId{1}].constant = floats({3}, {1, 2, 3});
  try {
    evaluate(graph, std::array{floats({1, 2}, {1, 2})});
    FAIL() << "shapes that do not broadcast were accepted";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).substr(0, 10), "node 'add'") << error.what();
  }
}

}  // namespace
}  // namespace vernier
