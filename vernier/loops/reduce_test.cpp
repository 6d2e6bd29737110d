#include "vernier/loops/reduce.h"

#include <limits>
#include <numeric>

#include <gtest/gtest.h>

namespace vernier {
namespace {

template <typename T>
std::vector<T> sum(const Shape& shape, const std::vector<std::int64_t>& axes,
                   const std::vector<T>& x) {
  const Reduction reduction = plan_reduction(shape, axes);
  std::vector<T> y(reduction.kept.size());
  reduce_sum(reduction, x.data(), y.data());
  return y;
}

TEST(Reduce, SumsOverAnyAxes) {
  std::vector<float> x(24);
  std::iota(x.begin(), x.end(), 0.0F);
  EXPECT_EQ(sum({2, 3, 4}, {2}, x), (std::vector<float>{6, 22, 38, 54, 70, 86}));
  EXPECT_EQ(sum({2, 3, 4}, {0}, x),
            (std::vector<float>{12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34}));
  EXPECT_EQ(sum({2, 3, 4}, {0, 2}, x), (std::vector<float>{60, 92, 124}));
  EXPECT_EQ(sum({2, 3, 4}, {0, 1, 2}, x), (std::vector<float>{276}));
}

TEST(Reduce, NoAxesMeansAll) {
  EXPECT_EQ(sum<float>({2, 2}, {}, {1, 2, 3, 4}), (std::vector<float>{10}));
}

TEST(Reduce, FloatsAreAddedInDouble) {
  EXPECT_EQ(sum<float>({3}, {0}, {0x1p30F, 1.0F, -0x1p30F}), (std::vector<float>{1.0F}));
}

TEST(Reduce, IntegersAreExactAndWrapAround) {
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(sum<std::int64_t>({2}, {0}, {most - 1, 1}), (std::vector<std::int64_t>{most}));
  EXPECT_EQ(sum<std::int64_t>({2}, {0}, {most, 1}),
            (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min()}));
}

TEST(Reduce, AnEmptySumIsZeroHoweverLongTheOtherAxes) {
  EXPECT_EQ(sum<float>({2, 0, std::int64_t{1} << 40}, {1, 2}, {}), (std::vector<float>{0, 0}));
}

TEST(Reduce, MeanDividesOnce) {
  const std::vector<float> x = {1, 2, 4, 0, 0, 1};
  std::vector<float> y(2);
  reduce_mean(plan_reduction({2, 3}, std::vector<std::int64_t>{1}), x.data(), y.data());
  EXPECT_EQ(y, (std::vector<float>{static_cast<float>(7.0 / 3.0), static_cast<float>(1.0 / 3.0)}));
}

}  // namespace
}  // namespace vernier
