#include "vernier/loops/unary.h"

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "vernier/base/table.h"
#include "vernier/loops/random_array.h"

namespace vernier {
namespace {

float once(std::string_view name, float x, UnaryParams params = {}) {
  float y = 0.0F;
  find(unary_functions(), name, "function").apply({&x, 1}, params, {&y, 1});
  return y;
}

constexpr UnaryParams params = {.alpha = 0.2F, .beta = 0.5F};

TEST(Unary, EveryFunctionGivesTheSameForAnArrayAndInPlace) {
  const std::vector<float> x = random_array(37);
  for (const UnaryFunction& function : unary_functions()) {
    std::vector<float> y = x;
    function.apply(y, params, y);
    for (std::size_t i = 0; i < x.size(); ++i) {
      const float alone = once(function.name, x[i], params);
      EXPECT_TRUE(y[i] == alone || std::isnan(alone)) << function.name << " of " << x[i];
    }
  }
}

TEST(Unary, EveryFunctionKeepsNan) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const UnaryFunction& function : unary_functions()) {
    EXPECT_TRUE(std::isnan(once(function.name, nan, params))) << function.name;
  }
}

TEST(Unary, TranscendentalFunctionsAreCorrectlyRounded) {
  const auto logistic = [](long double x) { return 1.0L / (1.0L + std::exp(-x)); };
  for (const float x : random_array(1000)) {
    const auto wide = static_cast<long double>(x);
    EXPECT_EQ(once("Sigmoid", x), static_cast<float>(logistic(wide))) << x;
    EXPECT_EQ(once("Tanh", x), static_cast<float>(std::tanh(wide))) << x;
    EXPECT_EQ(once("Exp", x), static_cast<float>(std::exp(wide))) << x;
    EXPECT_EQ(once("Erf", x), static_cast<float>(std::erf(wide))) << x;
    EXPECT_EQ(once("Log", std::abs(x)), static_cast<float>(std::log(std::abs(wide)))) << x;
  }
}

struct Case {
  std::string_view name;
  float x;
  float y;
  UnaryParams params = {};
};

TEST(Unary, KnownValues) {
  const std::vector<Case> cases = {
      {"Relu", -1.0F, 0.0F},
      {"Relu", 2.0F, 2.0F},
      {"LeakyRelu", -2.0F, -0.2F, {.alpha = 0.1F}},
      {"LeakyRelu", 2.0F, 2.0F, {.alpha = 0.1F}},
      {"Clip", -1.0F, 0.0F, {.alpha = 0.0F, .beta = 6.0F}},
      {"Clip", 7.0F, 6.0F, {.alpha = 0.0F, .beta = 6.0F}},
      {"Clip", 5.0F, 5.0F, {.alpha = 0.0F, .beta = 6.0F}},
      {"HardSigmoid", 1.0F, 0.75F, {.alpha = 0.25F, .beta = 0.5F}},
      {"HardSigmoid", 9.0F, 1.0F, {.alpha = 0.25F, .beta = 0.5F}},
      {"HardSwish", -3.0F, 0.0F},
      {"HardSwish", 3.0F, 3.0F},
      {"HardSwish", 0.0F, 0.0F},
      {"HardSwish", 1.5F, 1.125F},
      {"Sigmoid", 0.0F, 0.5F},
      {"Sigmoid", -200.0F, 0.0F},
      {"Sqrt", 2.25F, 1.5F},
      {"Abs", -1.5F, 1.5F},
      {"Neg", 1.5F, -1.5F},
      {"Floor", -1.5F, -2.0F},
      {"Ceil", -1.5F, -1.0F},
  };
  for (const Case& each : cases) {
    EXPECT_EQ(once(each.name, each.x, each.params), each.y) << each.name << " of " << each.x;
  }
}

TEST(Unary, ClampWithUnorderedLimitsGivesTheUpperOne) {
  EXPECT_EQ(once("Clip", 0.0F, {.alpha = 2.0F, .beta = 1.0F}), 1.0F);
}

TEST(Unary, ClampChangesValuesInPlace) {
  std::array values = {-2.0F, 0.5F, 3.0F};
  clamp(values, -1.0F, 1.0F);
  EXPECT_EQ(values, (std::array{-1.0F, 0.5F, 1.0F}));
}

}  // namespace
}  // namespace vernier
