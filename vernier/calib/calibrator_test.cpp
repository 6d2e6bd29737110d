// What holds for every calibrator.

#include "vernier/calib/calibrator.h"

#include <algorithm>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "vernier/calib/test_stats.h"

namespace vernier {
namespace {

/// These have a scale by formula, which may mean more than was observed.
bool may_exceed(const Calibrator& calibrator) {
  return calibrator.name == "norm" || calibrator.name == "power_of_two";
}

std::vector<CalibOptions> all_options() {
  return {{.compat = Compat::mqbench},
          {.compat = Compat::mqbench_dsq},
          {.compat = Compat::ncnn},
          {.compat = Compat::easyquant},
          {.power = 2.4, .sides = 1}};
}

std::vector<std::vector<float>> samples() {
  return {gauss_values(3000),
          rectified(gauss_values(3000)),
          laplace_values(3000),
          with(gauss_values(1000), 300.0F),
          times(rectified(laplace_values(500)), -1.0F),
          {1.0F, 1.5F, 2.25F, 2.5F, 3.0F},
          times(gauss_values(9), 1e-3F)};
}

std::vector<std::vector<float>> degenerate() {
  return {{},
          {0.0F, 0.0F, 0.0F},
          {2.5F},
          {2.5F, 2.5F, 0.0F},
          {-1.0F},
          {1e-45F, -1e-42F, 1e-40F},
          {0x1p-126F, -0x1p-126F},
          {1e38F, -1e38F, 1.0F},
          {1e-30F, 1e30F}};
}

TensorStats stats_in_images(const std::vector<float>& values, std::size_t count) {
  TensorStats stats;
  for (std::size_t begin = 0; begin < values.size(); begin += count) {
    append(stats,
           stats_of(std::span(values).subspan(begin, std::min(count, values.size() - begin))));
  }
  return stats;
}

/// Calls body(calibrator, spec, options) for every combination.
void for_each_setting(const auto& body) {
  for (const Calibrator& calibrator : calibrators()) {
    for (const QuantSpec& spec : all_specs()) body(calibrator, spec, CalibOptions{});
    for (const CalibOptions& options : all_options()) body(calibrator, signed_spec(8), options);
  }
}

std::string described(const Calibrator& calibrator, const QuantSpec& spec, Range range) {
  return fmt::format("{} {}..{}{}: [{}, {}]", calibrator.name, spec.range.lo, spec.range.hi,
                     spec.symmetric ? "" : " asymmetric", range.lo, range.hi);
}

TEST(Calibrators, StayWithinWhatWasObserved) {
  for (const std::vector<float>& values : samples()) {
    const TensorStats stats = stats_in_images(values, 500);
    for_each_setting(
        [&](const Calibrator& calibrator, const QuantSpec& spec, const CalibOptions& options) {
          if (may_exceed(calibrator) || options.compat != Compat::paper) return;
          const Range range = calibrator.run(stats, spec, options);
          EXPECT_LE(range.lo, range.hi) << described(calibrator, spec, range);
          EXPECT_GE(range.lo, stats.lo()) << described(calibrator, spec, range);
          EXPECT_LE(range.hi, stats.hi()) << described(calibrator, spec, range);
        });
  }
}

TEST(Calibrators, ScaleWithTheData) {
  for (const std::vector<float>& values : samples()) {
    const TensorStats stats = stats_in_images(values, 500);
    for (const float factor : {values.size() % 2 == 0 ? 0x1p-20F : 8.0F}) {
      const TensorStats scaled = stats_in_images(times(values, factor), 500);
      for_each_setting(
          [&](const Calibrator& calibrator, const QuantSpec& spec, const CalibOptions& options) {
            const Range range = calibrator.run(stats, spec, options);
            const Range expected = {range.lo * factor, range.hi * factor};
            EXPECT_EQ(calibrator.run(scaled, spec, options), expected)
                << described(calibrator, spec, range);
          });
    }
  }
}

TEST(Calibrators, MakeSomethingUsableOfAnything) {
  for (const std::vector<float>& values : degenerate()) {
    const TensorStats stats = values.empty() ? TensorStats{} : stats_of(values);
    for_each_setting(
        [&](const Calibrator& calibrator, const QuantSpec& spec, const CalibOptions& options) {
          const Range range = calibrator.run(stats, spec, options);
          const std::string what = described(calibrator, spec, range);
          EXPECT_TRUE(std::isfinite(range.lo) && std::isfinite(range.hi)) << what;
          EXPECT_LE(range.lo, range.hi) << what;
          const float scale = choose_params(range, spec).scale;
          EXPECT_TRUE(std::isfinite(scale) && scale > 0.0F) << what;
        });
  }
}

TEST(Calibrators, OfZerosKeepZero) {
  for_each_setting(
      [](const Calibrator& calibrator, const QuantSpec& spec, const CalibOptions& options) {
        const TensorStats zeros = stats_of(std::vector<float>(50, 0.0F));
        const QuantParams params = choose_params(calibrator.run(zeros, spec, options), spec);
        EXPECT_EQ(dequantize(quantize(0.0F, params, spec), params), 0.0F)
            << described(calibrator, spec, calibrator.run(zeros, spec, options));
      });
}

TEST(Calibrators, OfDenormalsStayWithinThem) {
  const std::vector<float> values = {1e-45F, -1e-42F, 1e-40F, 3e-41F};
  for (const Calibrator& calibrator : calibrators()) {
    if (may_exceed(calibrator)) continue;
    for (const QuantSpec& spec : all_specs()) {
      const Range range = calibrator.run(stats_of(values), spec, {});
      EXPECT_GE(range.lo, -1e-42F) << described(calibrator, spec, range);
      EXPECT_LE(range.hi, 1e-40F) << described(calibrator, spec, range);
    }
  }
}

TEST(Calibrators, KeepASingleValue) {
  for (const Calibrator& calibrator : calibrators()) {
    if (may_exceed(calibrator)) continue;
    const Range range =
        calibrator.run(stats_of(std::vector<float>(100, 2.5F)), unsigned_spec(8), {});
    EXPECT_EQ(range.hi, 2.5F) << calibrator.name;
  }
}

TEST(Calibrators, DoNotMindInWhichOrderImagesCome) {
  const TensorStats forward = stats_in_images(with(gauss_values(2000), 9.0F), 100);
  TensorStats backward = forward;
  std::ranges::reverse(backward.images);
  for (const Calibrator& calibrator : calibrators()) {
    if (calibrator.name == "ema_minmax") continue;  // an average that fades
    const Range expected = calibrator.run(forward, asymmetric_spec(4), {});
    const Range range = calibrator.run(backward, asymmetric_spec(4), {});
    EXPECT_NEAR(range.lo, expected.lo, 1e-5F) << calibrator.name;
    EXPECT_NEAR(range.hi, expected.hi, 1e-5F) << calibrator.name;
  }
}

}  // namespace
}  // namespace vernier
