#include "vernier/calib/stats.h"

#include <algorithm>
#include <cmath>
#include <span>

#include <gtest/gtest.h>

#include "vernier/base/bytes.h"
#include "vernier/base/error.h"
#include "vernier/base/random.h"

namespace vernier {
namespace {

std::vector<float> normal_values(std::uint64_t seed, std::size_t count) {
  Random random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random.normal());
  return values;
}

Stats sample() {
  Stats stats;
  stats.model_sha256 = "m";
  stats.data_sha256 = "d";
  stats.names = {"x", "y"};
  stats.tensors = {stats_of(normal_values(1, 100)), stats_of(std::vector<float>(3, 0.0F))};
  return stats;
}

void expect_sums_written_out(std::span<const float> values) {
  const Moments m = moments(values);
  double sum = 0.0;
  double magnitudes = 0.0;
  double squares = 0.0;
  for (const float x : values) {
    sum += x;
    magnitudes += std::abs(x);
    squares += static_cast<double>(x) * x;
  }
  EXPECT_EQ(m.count, std::ssize(values));
  EXPECT_EQ(m.lo, *std::ranges::min_element(values));
  EXPECT_EQ(m.hi, *std::ranges::max_element(values));
  EXPECT_NEAR(m.sum, sum, 1e-3);
  EXPECT_NEAR(m.sum_abs, magnitudes, 1e-5 * magnitudes);
  EXPECT_NEAR(m.sum_squares, squares, 1e-5 * squares);
}

// Rectified, too: the magnitudes of values without a sign need no sum of their own.
TEST(Moments, AreTheSumsWrittenOut) {
  for (const std::size_t count : {1U, 15U, 16U, 17U, 31U, 32U, 33U, 1023U, 1024U, 40000U}) {
    SCOPED_TRACE(count);
    std::vector<float> values = normal_values(count, count);
    expect_sums_written_out(values);
    for (float& x : values) x = std::max(x, 0.0F);
    expect_sums_written_out(values);
  }
}

TEST(Moments, ShowValuesThatAreNotFinite) {
  std::vector<float> values = normal_values(5, 40);
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    for (const std::size_t place : {0U, 20U, 39U}) {
      std::vector<float> damaged = values;
      damaged[place] = bad;
      EXPECT_FALSE(std::isfinite(moments(damaged).sum_abs)) << bad << " at " << place;
    }
  }
}

TEST(Stats, PartsOfASetAppendToTheWhole) {
  TensorStats whole = stats_of(normal_values(1, 50));
  append(whole, stats_of(normal_values(2, 70)));
  append(whole, stats_of(normal_values(3, 10)));
  TensorStats tail = stats_of(normal_values(2, 70));
  append(tail, stats_of(normal_values(3, 10)));
  TensorStats other = stats_of(normal_values(1, 50));
  append(other, tail);
  EXPECT_EQ(whole, other);
}

TEST(Stats, UnitedTensorsHaveTheWiderRange) {
  TensorStats a = stats_of(std::vector<float>{-1.0F, 2.0F});
  unite(a, stats_of(std::vector<float>{-3.0F, 1.0F, 0.0F}));
  EXPECT_EQ(a.lo(), -3.0F);
  EXPECT_EQ(a.hi(), 2.0F);
  EXPECT_EQ(a.images[0].count, 5);
  EXPECT_EQ(a.histogram.count(), 5);
}

TEST(Stats, ReadBackEqual) { EXPECT_EQ(parse_stats(to_bytes(sample()), "file"), sample()); }

// With the checksum made right again, the reader itself has to notice what cannot be.
TEST(Stats, EveryDamagedByteIsAnErrorOrAnotherValidFile) {
  Stats small = sample();
  small.tensors[0] = stats_of(std::vector<float>(5, 0.0F));
  const std::vector<std::byte> file = to_bytes(small);
  const std::vector<std::byte> payload(file.begin() + 16, file.end() - 4);
  for (std::size_t i = 0; i < payload.size(); ++i) {
    std::vector<std::byte> damaged = payload;
    damaged[i] ^= std::byte{0x81};
    try {
      const Stats stats = parse_stats(frame(0x54535256, 1, damaged), "file");
      EXPECT_EQ(stats.names.size(), stats.tensors.size());
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()).rfind("file", 0), 0U) << error.what();
    }
  }
}

}  // namespace
}  // namespace vernier
