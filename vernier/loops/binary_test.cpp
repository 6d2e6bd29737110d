#include "vernier/loops/binary.h"

#include <limits>
#include <numeric>

#include <gtest/gtest.h>

#include "vernier/base/table.h"
#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

const BinaryFunction& function(std::string_view name) {
  return find(binary_functions(), name, "function");
}

template <typename T>
T once(BinaryLoop<T> loop, T a, T b) {
  T y{};
  loop(broadcast({}, {}), &a, &b, &y);
  return y;
}

// Position in an operand of the element that meets element `position` of the result.
std::int64_t source_position(std::int64_t position, const Shape& result, const Shape& operand) {
  std::int64_t source = 0;
  std::int64_t stride = 1;
  for (std::size_t i = 0; i < result.size(); ++i) {
    const std::int64_t index = position % result[result.size() - 1 - i];
    position /= result[result.size() - 1 - i];
    if (i >= operand.size()) continue;
    const std::int64_t size = operand[operand.size() - 1 - i];
    source += size == 1 ? 0 : index * stride;
    stride *= size;
  }
  return source;
}

struct Case {
  Shape a;
  Shape b;
  Shape result;
};

TEST(Binary, BroadcastsAsNumpyDoes) {
  const std::vector<Case> cases = {{{2, 3}, {2, 3}, {2, 3}},
                                   {{2, 3, 4, 5}, {3, 1, 1}, {2, 3, 4, 5}},
                                   {{}, {2, 2}, {2, 2}},
                                   {{3, 1}, {1, 4}, {3, 4}},
                                   {{2, 1, 5}, {4, 1}, {2, 4, 5}},
                                   {{1, 3, 1, 2}, {5, 1, 4, 1}, {5, 3, 4, 2}},
                                   {{2, 3, 1}, {2, 3, 1}, {2, 3, 1}},
                                   {{1}, {1, 1}, {1, 1}},
                                   {{0, 3}, {1, 3}, {0, 3}}};
  for (const auto& [a_shape, b_shape, shape] : cases) {
    const std::vector<float> a = random_array(element_count(a_shape), 1);
    const std::vector<float> b = random_array(element_count(b_shape), 2);
    std::vector<float> y(static_cast<std::size_t>(element_count(shape)));
    function("Sub").f32(broadcast(a_shape, b_shape), a.data(), b.data(), y.data());
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto position = static_cast<std::int64_t>(i);
      const std::int64_t at_a = source_position(position, shape, a_shape);
      const std::int64_t at_b = source_position(position, shape, b_shape);
      ASSERT_EQ(y[i], a[static_cast<std::size_t>(at_a)] - b[static_cast<std::size_t>(at_b)])
          << to_string(a_shape) << " - " << to_string(b_shape) << " at " << i;
    }
  }
}

TEST(Binary, MergesAxesThatGoOnAtTheSamePace) {
  EXPECT_EQ(broadcast({2, 3, 4, 5}, {2, 3, 4, 5}).sizes, Shape({120}));
  EXPECT_EQ(broadcast({2, 3, 4, 5}, {3, 1, 1}).sizes, Shape({2, 3, 20}));
}

TEST(Binary, RefusesShapesThatDoNotFit) { EXPECT_THROW(broadcast({2, 3}, {2, 4}), Error); }

TEST(Binary, FloatFunctions) {
  EXPECT_EQ(once(function("Div").f32, 1.0F, 4.0F), 0.25F);
  EXPECT_EQ(once(function("Pow").f32, -3.0F, 2.0F), 9.0F);
  EXPECT_EQ(once(function("Pow").f32, 2.0F, 0.5F), 1.41421356F);
  EXPECT_EQ(once(function("Max").f32, 2.0F, 3.0F), 3.0F);
  EXPECT_EQ(once(function("Min").f32, 2.0F, 3.0F), 2.0F);
  EXPECT_EQ(once(function("PRelu").f32, -2.0F, 0.25F), -0.5F);
  EXPECT_EQ(once(function("PRelu").f32, 2.0F, 0.25F), 2.0F);
}

TEST(Binary, IntegersAreExactAndWrapAround) {
  constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(once<std::int64_t>(function("Mul").i64, 3037000499, 3037000499), 9223372030926249001);
  EXPECT_EQ(once<std::int64_t>(function("Div").i64, -7, 2), -3);
  EXPECT_EQ(once<std::int64_t>(function("Add").i64, most, 1), least);
  EXPECT_EQ(once<std::int64_t>(function("Sub").i64, least, 1), most);
  EXPECT_EQ(once<std::int64_t>(function("Div").i64, least, -1), least);
  EXPECT_EQ(once<std::int32_t>(function("Mul").i32, 65536, 65536), 0);
}

TEST(Binary, AnIntegerIsNotDividedByZero) {
  EXPECT_THROW(once<std::int64_t>(function("Div").i64, 1, 0), Error);
}

}  // namespace
}  // namespace vernier
