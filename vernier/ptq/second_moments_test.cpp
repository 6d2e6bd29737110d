#include "vernier/ptq/second_moments.h"

#include <gtest/gtest.h>

#include "vernier/base/parallel.h"
#include "vernier/base/random.h"

namespace vernier {
namespace {

constexpr std::size_t groups = 3;
constexpr std::size_t depth = 70;  // more than one lock
constexpr std::int64_t images = 7;
constexpr std::int64_t places = 5;

Tensor columns_of(std::int64_t image) {
  Tensor columns(DType::i32, {1, groups * depth, places});
  Random random(static_cast<std::uint64_t>(image));
  for (auto& x : columns.edit<std::int32_t>())
    x = static_cast<std::int32_t>(random.below(65536)) - 9;
  return columns;
}

SecondMoments seen_by(int threads) {
  set_thread_count(threads);
  SecondMoments moments(groups, depth);
  parallel_for(images, [&](std::int64_t image, int) { moments.see(columns_of(image)); });
  moments.finish();
  return moments;
}

TEST(SecondMoments, AreTheCovarianceOfEachGroup) {
  SecondMoments moments = seen_by(1);
  for (const auto& [group, i, j] : {std::tuple{0U, 0U, 0U}, {1U, 69U, 3U}, {2U, 64U, 64U}}) {
    double product = 0.0;
    double first = 0.0;
    double second = 0.0;
    for (std::int64_t image = 0; image < images; ++image) {
      const Tensor columns = columns_of(image);
      const auto x = columns.view<std::int32_t>();
      for (std::size_t place = 0; place < places; ++place) {
        const double a = x[(group * depth + i) * places + place];
        const double b = x[(group * depth + j) * places + place];
        product += a * b;
        first += a;
        second += b;
      }
    }
    const double count = images * places;
    const double expected = product / count - first / count * (second / count);
    EXPECT_NEAR(moments.of(group)[i * depth + j], expected, 1e-9 * product) << group << i << j;
  }
}

TEST(SecondMoments, AreTheSameForAnyNumberOfThreads) {
  SecondMoments one = seen_by(1);
  SecondMoments three = seen_by(3);
  for (std::size_t group = 0; group < groups; ++group)
    EXPECT_TRUE(std::ranges::equal(one.of(group), three.of(group))) << group;
}

TEST(SecondMoments, SeeEveryImageOfABatch) {
  SecondMoments batch(1, 2);
  batch.see(Tensor::of<std::int32_t>({2, 2, 2}, std::vector<std::int32_t>{1, 2, 3, 5, 4, 8, 1, 9}));
  SecondMoments apart(1, 2);
  apart.see(Tensor::of<std::int32_t>({1, 2, 2}, std::vector<std::int32_t>{1, 2, 3, 5}));
  apart.see(Tensor::of<std::int32_t>({1, 2, 2}, std::vector<std::int32_t>{4, 8, 1, 9}));
  batch.finish();
  apart.finish();
  EXPECT_TRUE(std::ranges::equal(batch.of(0), apart.of(0)));
}

}  // namespace
}  // namespace vernier
