#include "vernier/ptq/error_feedback.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

/// A row of weights, and the covariance of inputs that have much in common.
struct Problem {
  std::vector<float> weights;
  std::vector<double> covariance;
  QuantParams params;
  QuantSpec spec;

  std::vector<float> rounded(bool with_feedback) const {
    std::vector<float> row = weights;
    if (!with_feedback) {
      fake_quantize(row, params, spec);
      return row;
    }
    std::vector<double> factor = covariance;
    feedback_factor(factor, row.size());
    round_with_feedback(row, factor, params, spec);
    return row;
  }

  /// Mean square of what the sums lose.
  double loss(const std::vector<float>& row) const {
    const std::size_t n = row.size();
    double sum = 0.0;
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j < n; ++j) {
        const double h = covariance[std::max(i, j) * n + std::min(i, j)];
        sum += h * (row[i] - weights[i]) * (row[j] - weights[j]);
      }
    }
    return sum;
  }
};

Problem random_problem(std::uint64_t seed, std::size_t n, IntRange range, std::int32_t zero = 0) {
  Random random(seed);
  Problem problem = {
      std::vector<float>(n), std::vector<double>(n * n), {0.1F, zero}, {.range = range}};
  for (float& w : problem.weights) {
    const double steps = static_cast<double>(range.lo - zero) + random.uniform() * range.steps();
    w = static_cast<float>(0.1 * steps);
  }
  for (int sample = 0; sample < 200; ++sample) {
    const double common = random.normal();
    std::vector<double> x(n);
    for (double& each : x) each = 100.0 * (common + 0.5 * random.normal());
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) problem.covariance[i * n + j] += x[i] * x[j] / 200.0;
    }
  }
  return problem;
}

TEST(ErrorFeedback, StaysOnTheGrid) {
  for (const auto& [range, zero] :
       {std::pair{IntRange{-127, 127}, 0}, {IntRange{-3, 3}, 0}, {IntRange{0, 15}, 7}}) {
    const Problem problem = random_problem(3, 40, range, zero);
    std::vector<float> row = problem.rounded(true);
    const std::vector<float> before = row;
    fake_quantize(row, problem.params, problem.spec);
    EXPECT_EQ(row, before) << range.lo << ".." << range.hi;
  }
}

TEST(ErrorFeedback, LosesLessThanNearestRounding) {
  for (const int bits : {3, 4, 8}) {
    double nearest = 0.0;
    double feedback = 0.0;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Problem problem = random_problem(seed, 30, signed_range(bits, true));
      nearest += problem.loss(problem.rounded(false));
      feedback += problem.loss(problem.rounded(true));
    }
    EXPECT_LT(feedback, 0.4 * nearest) << bits << " bits";
  }
}

TEST(ErrorFeedback, IsNearTheBestOfAllRoundings) {
  double best_of_all = 0.0;
  double feedback = 0.0;
  double nearest = 0.0;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    const Problem problem = random_problem(seed, 3, {-3, 3});
    double best = std::numeric_limits<double>::infinity();
    for (std::int32_t code = 0; code < 7 * 7 * 7; ++code) {
      const std::vector<float> row = {dequantize((code % 7) - 3, problem.params),
                                      dequantize((code / 7 % 7) - 3, problem.params),
                                      dequantize((code / 49) - 3, problem.params)};
      best = std::min(best, problem.loss(row));
    }
    best_of_all += best;
    feedback += problem.loss(problem.rounded(true));
    nearest += problem.loss(problem.rounded(false));
  }
  EXPECT_LT(feedback - best_of_all, 0.3 * (nearest - best_of_all));
}

TEST(ErrorFeedback, IsNearestRoundingOfWhatHasNothingInCommon) {
  Problem problem = random_problem(1, 20, {-127, 127});
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < i; ++j) problem.covariance[i * 20 + j] = 0.0;
  }
  EXPECT_EQ(problem.rounded(true), problem.rounded(false));
}

TEST(ErrorFeedback, IsNearestRoundingWhereNothingVaries) {
  Problem problem = random_problem(1, 20, {-127, 127});
  problem.covariance.assign(400, 0.0);
  EXPECT_EQ(problem.rounded(true), problem.rounded(false));
}

}  // namespace
}  // namespace vernier
