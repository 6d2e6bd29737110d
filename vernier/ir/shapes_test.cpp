#include "vernier/ir/shapes.h"

#include <limits>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/random.h"
#include "vernier/ir/operator_samples.h"
#include "vernier/ir/text.h"

namespace vernier {
namespace {

Shape shape_of(const Op& op, std::vector<Shape> inputs) {
  std::vector<ValueType> types;
  types.reserve(inputs.size());
  for (Shape& shape : inputs) types.push_back(f32(std::move(shape)));
  return infer(op, types).at(0).shape;
}

std::string error_of(const Op& op, std::vector<Shape> inputs) {
  try {
    shape_of(op, std::move(inputs));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Shapes, OfWindows) {
  EXPECT_EQ(shape_of(Conv{.strides = {2, 2}, .pads = {1, 1, 1, 1}},
                     {{1, 3, 224, 224}, {8, 3, 3, 3}, {8}}),
            (Shape{1, 8, 112, 112}));
  EXPECT_EQ(shape_of(Conv{.strides = {1}, .dilations = {2}, .pads = {0, 0}},
                     {{1, 3, 10}, {8, 3, 3}, {8}}),
            (Shape{1, 8, 6}));
  EXPECT_EQ(shape_of(ConvTranspose{.strides = {2, 2}}, {{1, 3, 5, 5}, {3, 4, 2, 2}, {4}}),
            (Shape{1, 4, 10, 10}));
  EXPECT_EQ(shape_of(MaxPool{.kernel_shape = {3, 3}, .strides = {2, 2}}, {{1, 2, 6, 6}}),
            (Shape{1, 2, 2, 2}));
  EXPECT_EQ(shape_of(MaxPool{.kernel_shape = {3, 3}, .strides = {2, 2}, .ceil_mode = true},
                     {{1, 2, 6, 6}}),
            (Shape{1, 2, 3, 3}));
  const AveragePool touching{
      .kernel_shape = {2, 2}, .strides = {2, 2}, .pads = {0, 0, 1, 1}, .ceil_mode = true};
  EXPECT_EQ(shape_of(touching, {{1, 1, 4, 4}}), (Shape{1, 1, 2, 2}))
      << "a window that would see only padding is none";
}

TEST(Shapes, OfMatrices) {
  EXPECT_EQ(shape_of(Gemm{.transB = 1}, {{2, 3}, {4, 3}, {4}}), (Shape{2, 4}));
  EXPECT_EQ(shape_of(MatMul{}, {{5, 1, 2, 3}, {6, 3, 4}}), (Shape{5, 6, 2, 4}));
  EXPECT_EQ(shape_of(MatMul{}, {{3}, {3}}), Shape{});
  EXPECT_EQ(shape_of(MatMul{}, {{3}, {2, 3, 4}}), (Shape{2, 4}));
  EXPECT_EQ(shape_of(MatMul{}, {{2, 3}, {3}}), (Shape{2}));
}

TEST(Shapes, OfWhatMoves) {
  EXPECT_EQ(shape_of(Add{}, {{2, 1, 4}, {3, 1}}), (Shape{2, 3, 4}));
  EXPECT_EQ(shape_of(Reshape{{-1, 4}}, {{2, 6}}), (Shape{3, 4}));
  EXPECT_EQ(shape_of(Flatten{.axis = 0}, {{2, 6}}), (Shape{1, 12}));
  EXPECT_EQ(shape_of(Squeeze{}, {{1, 6, 1}}), Shape{6});
  EXPECT_EQ(shape_of(Unsqueeze{{0, 2}}, {{5, 6}}), (Shape{1, 5, 1, 6}));
  EXPECT_EQ(shape_of(Expand{{3, 1}}, {{1, 1, 5}}), (Shape{1, 3, 5}));
  EXPECT_EQ(shape_of(ReduceMean{}, {{2, 3}}), (Shape{1, 1}));
  EXPECT_EQ(shape_of(Resize{.scales = {1, 1, 2}, .sizes = {1, 3, 8}}, {{5, 3, 4}}),
            (Shape{5, 3, 8}))
      << "the batch follows the input";
}

// Against the definition, element by element.
TEST(Shapes, ASliceTakesWhatItsDefinitionTakes) {
  Random random(3);
  for (int trial = 0; trial < 3000; ++trial) {
    const std::int64_t size = random.below(6);
    const std::int64_t start = random.below(17) - 8;
    const std::int64_t end = random.below(17) - 8;
    std::int64_t step = random.below(8) - 4;
    if (step >= 0) ++step;
    const Slice op{.starts = {start}, .ends = {end}, .axes = {0}, .steps = {step}};
    const SliceRange range = slice_range(op, 0, size);
    EXPECT_EQ(range.step, step);
    std::int64_t position = start < 0 ? start + size : start;
    position = std::clamp<std::int64_t>(position, 0,
                                        step > 0 ? size : std::max<std::int64_t>(size - 1, 0));
    const std::int64_t stop = end < 0 ? end + size : end;
    std::int64_t count = 0;
    for (; position < size && position >= 0 && (step > 0 ? position < stop : position > stop);
         position += step) {
      EXPECT_EQ(position, range.start + count * step);
      ++count;
    }
    EXPECT_EQ(range.count, count) << size << ": " << start << ' ' << end << ' ' << step;
  }
}

TEST(Shapes, WhatDoesNotFitIsAnError) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {error_of(Conv{}, {{1, 3, 8, 8}, {16, 16, 3, 3}, {16}}),
       "Conv: x has 3 channels, the weight expects 16 in 1 groups"},
      {error_of(Conv{}, {{1, 3, 8, 8}, {16, 3, 3, 3}, {15}}),
       "Conv: the bias is [15], expected [16]"},
      {error_of(Conv{.group = 0}, {{1, 3, 8, 8}, {16, 3, 3, 3}, {16}}), "group is 0"},
      {error_of(Conv{}, {{1, 3, 2, 2}, {16, 3, 3, 3}, {16}}), "a window of 3 does not fit into 2"},
      {error_of(Conv{.strides = {0, 1}}, {{1, 3, 8, 8}, {16, 3, 3, 3}, {16}}), "'strides' holds 0"},
      {error_of(Conv{.strides = {1}}, {{1, 3, 8, 8}, {16, 3, 3, 3}, {16}}),
       "'strides' has 1 numbers"},
      {error_of(MaxPool{.kernel_shape = {2, 2}, .pads = {2, 0, 0, 0}}, {{1, 3, 8, 8}}),
       "a pad of 2 would hold a whole window"},
      {error_of(Gemm{}, {{1, 3}, {4, 5}, {5}}), "Gemm: inner sizes are 3 and 4"},
      {error_of(Gemm{}, {{1, 3}, {3, 5}, {2, 5}}), "Gemm: the bias"},
      {error_of(Add{}, {{2, 3}, {2}}), "Add: [2,3] and [2] do not broadcast"},
      {error_of(Add{}, {{2, 3}}), "Add: has 1 inputs, expected 2"},
      {error_of(Reshape{{5}}, {{2, 3}}), "Reshape: [2,3] does not fit into [5]"},
      {error_of(Reshape{{-1, -1}}, {{2, 3}}), "two sizes"},
      {error_of(Transpose{{0, 0}}, {{2, 3}}), "axis 0 is named twice"},
      {error_of(Squeeze{{0}}, {{2, 3}}), "axis 0 of [2,3] is not 1"},
      {error_of(Slice{{0}, {1}, {0}, {0}}, {{2}}), "a step is 0"},
      {error_of(Split{.axis = 0, .split = {1, 2}}, {{2}}), "do not fit"},
      {error_of(Gather{}, {{2}, {1}}), "indices are f32, expected i64"},
      {error_of(Foreign{.op_type = "Magic"}, {}), "Magic"},
  };
  for (const auto& [found, expected] : cases) {
    EXPECT_NE(found.find(expected), std::string::npos) << found << "\nexpected " << expected;
  }
}

// Sizes and attributes that a damaged file may hold: no overflow (UBSan watches), no crash.
TEST(Shapes, HostileNumbersAreAnErrorOrASmallShape) {
  const Ints hostile = {std::numeric_limits<std::int64_t>::min(),
                        -(1LL << 31),
                        -1,
                        0,
                        1,
                        2,
                        1LL << 30,
                        1LL << 31,
                        (1LL << 31) + 1,
                        std::numeric_limits<std::int64_t>::max()};
  Random random(5);
  const auto pick = [&] {
    return hostile[static_cast<std::size_t>(random.below(std::ssize(hostile)))];
  };
  const auto shake = [&](auto& field) {
    using Type = std::remove_cvref_t<decltype(field)>;
    if constexpr (std::is_same_v<Type, std::int64_t>) field = pick();
    if constexpr (std::is_same_v<Type, Ints>) {
      for (std::int64_t& number : field) number = random.below(2) == 0 ? pick() : number;
    }
  };
  for (int trial = 0; trial < 200; ++trial) {
    for (OperatorSample sample : operator_samples()) {
      if (trial % 2 == 0) {
        std::visit(
            [&](auto& op) { op.fields(op, [&](std::string_view, auto& field) { shake(field); }); },
            sample.op);
      }
      for (ValueType& input : sample.inputs) {
        if (random.below(3) == 0) shake(input.shape);
      }
      try {
        for (const ValueType& type : infer(sample.op, sample.inputs)) {
          EXPECT_LE(element_count(type.shape), std::int64_t{1} << 40);
        }
      } catch (const Error& error) {
        EXPECT_STRNE(error.what(), "");
      }
    }
  }
}

TEST(Shapes, ABatchGoesThroughTheGraph) {
  Graph graph = from_text(
      "any_batch\ninput x: f32[1,2,4,4]\ny = GlobalAveragePool(x)\nz = Reshape(y) "
      "shape=[-1,2]\nreturn z");
  infer_shapes(graph, 8);
  EXPECT_EQ(graph[graph.outputs[0]].shape, (Shape{8, 2}));
  EXPECT_EQ(current_batch(graph), 8);
  verify(graph);
}

TEST(Shapes, AnErrorBeginsWithTheNode) {
  Graph graph = from_text("input x: f32[2,3]\ny = Reshape(x) shape=[6]  # name: bend\nreturn y");
  graph[graph.inputs[0]].shape = {2, 2};
  try {
    infer_shapes(graph);
    FAIL() << "4 elements became 6";
  } catch (const Error& error) {
    EXPECT_EQ(std::string(error.what()).find("node 'bend': Reshape: "), 0U) << error.what();
  }
}

}  // namespace
}  // namespace vernier
