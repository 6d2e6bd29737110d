// Every operator through a session and through the reference.

#include <gtest/gtest.h>

#include "vernier/compute/test_graphs.h"
#include "vernier/ir/operator_samples.h"

namespace vernier {
namespace {

constexpr std::int64_t odd_channels = 19;  // leaves lanes of a block over

std::int64_t between(Random& random, std::int64_t least, std::int64_t most) {
  return least + random.below(most - least + 1);
}

// The sample with its first input given at run time; the others too, or constant.
Graph graph_of(const OperatorSample& sample, bool constants, Random& random) {
  Graph graph;
  std::vector<ValueId> inputs;
  for (const ValueType& type : sample.inputs) {
    const std::string name = fmt::format("x{}", inputs.size());
    if (type.dtype != DType::f32) {
      inputs.push_back(add_constant(graph, name, Tensor(type.dtype, type.shape)));
    } else if (constants && !inputs.empty()) {
      inputs.push_back(add_random(graph, type.shape, random));
    } else {
      inputs.push_back(add_input(graph, name, type.shape));
    }
  }
  Node node = {.name = "node", .op = sample.op, .inputs = inputs, .outputs = {}};
  for (const ValueType& type : infer(sample.op, sample.inputs)) {
    const std::string name = fmt::format("y{}", node.outputs.size());
    node.outputs.push_back(
        add_value(graph, {.name = name, .dtype = type.dtype, .shape = type.shape}));
  }
  graph.outputs = node.outputs;
  graph.nodes.push_back(std::move(node));
  return graph;
}

bool gives_floats(const Graph& graph) {
  return std::ranges::all_of(graph.outputs,
                             [&](ValueId id) { return graph[id].dtype == DType::f32; });
}

TEST(Operators, AgreeWithTheReference) {
  Random random(1);
  for (const OperatorSample& sample : operator_samples()) {
    if (std::holds_alternative<Foreign>(sample.op)) continue;
    for (const bool constants : {false, true}) {
      const Graph graph = graph_of(sample, constants, random);
      if (!gives_floats(graph)) continue;
      expect_like_reference(graph, random,
                            fmt::format("{} constants={}", type_name(sample.op), constants));
    }
  }
}

TEST(Operators, ThatGiveIntegersAtRunTimeAreNamed) {
  Random random(1);
  const Graph graph = graph_of({Cast{.to = DType::i64}, {{DType::f32, {2, 3}}}}, false, random);
  try {
    Session(graph, {});
    FAIL() << "no Error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("node 'node': Cast computes i64"), std::string::npos)
        << error.what();
  }
}

Graph random_convolution(Random& random, std::size_t spatial) {
  constexpr std::array<std::int64_t, 5> widths = {1, 3, 8, 16, odd_channels};
  const std::int64_t group = random.below(2) == 0 ? 1 : between(random, 1, 5);
  const bool depthwise = random.below(3) == 0;
  const std::int64_t inputs = depthwise ? 1 : widths.at(static_cast<std::size_t>(random.below(5)));
  const std::int64_t outputs = depthwise ? 1 : widths.at(static_cast<std::size_t>(random.below(5)));
  const std::int64_t groups = depthwise ? odd_channels : group;
  Conv op{.strides = {}, .dilations = {}, .pads = Ints(2 * spatial, 0), .group = groups};
  Shape x = {random.below(2) == 0 ? 1 : 3, inputs * groups};
  Shape weight = {outputs * groups, inputs};
  for (std::size_t axis = 0; axis < spatial; ++axis) {
    op.strides.push_back(between(random, 1, 2));
    op.dilations.push_back(between(random, 1, 2));
    op.pads[axis] = between(random, 0, 2);
    op.pads[axis + spatial] = between(random, 0, 2);
    weight.push_back(between(random, 1, 3));
    x.push_back(between(random, 5, 9));
  }
  if (random.below(2) == 0) op.activation = {.lo = 0.0F, .hi = 6.0F};
  Graph graph;
  const ValueId conv = add_conv(graph, op, add_input(graph, "x", x), weight, random);
  graph.outputs = {conv};
  return graph;
}

TEST(Conv, AgreesWithTheReferenceForAnyGeometry) {
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    const std::size_t spatial = round % 4 == 0 ? 1 : round % 10 == 1 ? 3 : 2;
    const Graph graph = random_convolution(random, spatial);
    expect_like_reference(graph, random, fmt::format("round {}", round));
  }
}

// ConvTranspose with the geometry that gives the input of a convolution back from its output.
TEST(ConvTranspose, AgreesWithTheReferenceForAnyGeometry) {
  Random random(3);
  for (int round = 0; round < 40; ++round) {
    const std::size_t spatial = round % 4 == 0 ? 1 : 2;
    const std::int64_t group = between(random, 1, 3);
    ConvTranspose op{.strides = {}, .dilations = {}, .pads = {}, .output_padding = {}};
    op.group = group;
    Shape x = {between(random, 1, 3), group * between(random, 1, 9)};
    Shape weight = {x[1], between(random, 1, 9)};
    for (std::size_t axis = 0; axis < spatial; ++axis) {
      op.strides.push_back(between(random, 1, 3));
      op.dilations.push_back(between(random, 1, 2));
      op.output_padding.push_back(random.below(std::max(op.strides[axis], op.dilations[axis])));
      weight.push_back(between(random, 2, 3));
      x.push_back(between(random, 3, 6));
    }
    for (std::size_t i = 0; i < 2 * spatial; ++i) op.pads.push_back(random.below(2));
    if (round % 2 == 0) op.activation = {.lo = -1.0F, .hi = 1.0F};
    Graph graph;
    const ValueId input = add_input(graph, "x", x);
    const ValueId w = add_random(graph, weight, random);
    const ValueId b = add_random(graph, {weight[1] * group}, random);
    graph.outputs = {add_node(graph, op, {input, w, b})};
    expect_like_reference(graph, random, fmt::format("round {}", round));
  }
}

// A graph whose operator stands behind a convolution, so that it meets the layout that oneDNN
// chose.
Graph behind_convolution(const Op& op, const std::vector<Shape>& more_inputs, std::int64_t channels,
                         Random& random) {
  Graph graph;
  const ValueId x = add_input(graph, "x", {2, 16, 8, 9});
  std::vector<ValueId> inputs = {
      add_conv(graph, {.pads = {1, 1, 1, 1}}, x, {channels, 16, 3, 3}, random)};
  for (const Shape& shape : more_inputs) inputs.push_back(add_random(graph, shape, random));
  graph.outputs = {add_node(graph, op, inputs)};
  return graph;
}

TEST(Operators, OnBlockedChannelsAgreeWithTheReference) {
  struct Case {
    Op op;
    std::vector<Shape> more_inputs;
  };
  Random random(4);
  for (const std::int64_t c : {std::int64_t{32}, odd_channels}) {
    const std::vector<Case> cases = {
        {Relu{}, {}},
        {LeakyRelu{.alpha = 0.1F}, {}},
        {PRelu{}, {{c, 1, 1}}},
        {PRelu{}, {{1}}},
        {Clip{.min = -1.0F, .max = 2.0F}, {}},
        {Clip{.min = 1.0F, .max = 2.0F}, {}},
        {Sigmoid{}, {}},
        {HardSigmoid{}, {}},
        {HardSwish{}, {}},
        {Tanh{}, {}},
        {Exp{}, {}},
        {Abs{}, {}},
        {Neg{}, {}},
        {Erf{}, {}},
        {Softmax{.axis = 1}, {}},
        {Softmax{.axis = 3}, {}},
        {Softmax{.axis = 1, .flatten = true}, {}},
        {LRN{.alpha = 0.1F, .size = 5}, {}},
        {LRN{.alpha = 0.1F, .size = 4}, {}},
        {BatchNormalization{}, {{c}, {c}, {c}, {c}}},
        {Add{}, {{2, c, 8, 9}}},
        {Add{.activation = {.lo = 0.0F}}, {{c, 1, 1}}},
        {Add{}, {{}}},
        {Mul{.activation = {.lo = -0.5F, .hi = 0.5F}}, {{2, c, 1, 1}}},
        {Mul{}, {{8, 9}}},
        {Mul{}, {{2, c, 8, 1}}},
        {Sub{}, {{1, c, 1, 1}}},
        {Div{}, {{c, 1, 1}}},
        {Max{}, {{9}}},
        {Min{}, {{1}}},
        {MaxPool{.kernel_shape = {3, 3}, .strides = {2, 2}, .pads = {1, 1, 1, 1}}, {}},
        {MaxPool{.kernel_shape = {3, 3}, .strides = {2, 2}, .ceil_mode = true}, {}},
        {MaxPool{.kernel_shape = {2, 3}, .dilations = {2, 1}}, {}},
        {AveragePool{.kernel_shape = {3, 3}, .strides = {2, 2}, .pads = {0, 1, 1, 2}}, {}},
        {AveragePool{.kernel_shape = {3, 2}, .pads = {1, 1, 1, 1}, .count_include_pad = true}, {}},
        {AveragePool{.kernel_shape = {2, 2}, .strides = {2, 2}, .ceil_mode = true}, {}},
        {GlobalAveragePool{}, {}},
        {GlobalMaxPool{}, {}},
        {ReduceMean{.axes = {2, 3}}, {}},
        {ReduceMean{.axes = {1}}, {}},
        {Reshape{.shape = {-1, 72}}, {}},
        {Flatten{}, {}},
        {Transpose{.perm = {0, 2, 3, 1}}, {}},
        {Pad{.pads = {0, 1, 0, 0, 0, 2, 1, 0}, .value = 1.0F}, {}},
        {Slice{.starts = {1, 0}, .ends = {9, 9}, .axes = {1, 2}, .steps = {1, 2}}, {}},
        {Concat{}, {{2, 32, 8, 9}}},
        {Concat{}, {{2, 5, 8, 9}}},
        {Concat{.axis = 2}, {{2, c, 3, 9}}},
        {Concat{.axis = 0}, {{1, c, 8, 9}}},
        {Conv{.strides = {1, 1}}, {{8, c, 1, 1}, {8}, {2, 8, 8, 9}}},
    };
    for (const auto& [op, more_inputs] : cases) {
      expect_like_reference(behind_convolution(op, more_inputs, c, random), random,
                            fmt::format("{} on {} channels", type_name(op), c));
    }
  }
}

TEST(Resize, AgreesWithTheReferenceInEveryMode) {
  Random random(5);
  for (const ResizeMode mode : {ResizeMode::nearest, ResizeMode::linear, ResizeMode::cubic}) {
    for (const CoordinateMode coordinates :
         {CoordinateMode::half_pixel, CoordinateMode::asymmetric, CoordinateMode::align_corners}) {
      for (const NearestMode nearest :
           {NearestMode::round_prefer_floor, NearestMode::round_prefer_ceil, NearestMode::floor,
            NearestMode::ceil}) {
        for (const float scale : {2.0F, 3.0F, 0.5F, 1.3F}) {
          Resize op{.mode = mode,
                    .coordinate_transformation_mode = coordinates,
                    .nearest_mode = nearest,
                    .scales = {1.0F, 1.0F, scale, 2.0F}};
          op.sizes = {2, odd_channels, static_cast<std::int64_t>(8.0F * scale), 18};
          expect_like_reference(behind_convolution(op, {}, odd_channels, random), random,
                                fmt::format("{} {} {} {}", enum_name(mode), enum_name(coordinates),
                                            enum_name(nearest), scale));
        }
      }
    }
  }
}

TEST(MatMul, AgreesWithTheReferenceForEveryBroadcast) {
  const std::vector<std::pair<Shape, Shape>> cases = {
      {{3, 4}, {4, 5}},    {{4}, {4}},          {{4}, {4, 5}},          {{3, 4}, {4}},
      {{2, 3, 4}, {4, 5}}, {{3, 4}, {2, 4, 5}}, {{2, 3, 4}, {2, 4, 5}}, {{2, 1, 3, 4}, {6, 4, 5}},
      {{2, 3, 4}, {4}},
  };
  Random random(6);
  for (const auto& [a, b] : cases) {
    for (const bool constants : {false, true}) {
      const OperatorSample sample = {MatMul{}, {{DType::f32, a}, {DType::f32, b}}};
      expect_like_reference(graph_of(sample, constants, random), random,
                            fmt::format("{} x {}", to_string(a), to_string(b)));
    }
  }
}

TEST(Gemm, AgreesWithTheReferenceForEveryForm) {
  Random random(7);
  for (const std::int64_t transposed_a : {0, 1}) {
    for (const std::int64_t transposed_b : {0, 1}) {
      for (const Shape& bias : std::vector<Shape>{{5}, {1, 5}, {1}, {}, {3, 1}, {3, 5}}) {
        const Gemm op{.transA = transposed_a, .transB = transposed_b, .activation = {.lo = 0.0F}};
        const Shape a = transposed_a == 0 ? Shape{3, 4} : Shape{4, 3};
        const Shape b = transposed_b == 0 ? Shape{4, 5} : Shape{5, 4};
        const OperatorSample sample = {op, {{DType::f32, a}, {DType::f32, b}, {DType::f32, bias}}};
        for (const bool constants : {false, true}) {
          expect_like_reference(
              graph_of(sample, constants, random), random,
              fmt::format("transA={} transB={} c={}", transposed_a, transposed_b, to_string(bias)));
        }
      }
    }
  }
}

}  // namespace
}  // namespace vernier
