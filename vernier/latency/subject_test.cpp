#include "vernier/latency/subject.h"

#include <filesystem>

#include <gtest/gtest.h>
#include <unistd.h>

#include "vernier/base/error.h"
#include "vernier/engine/small_plan.h"
#include "vernier/latency/sample.h"

namespace vernier {
namespace {

class SubjectFile : public testing::Test {
 protected:
  void SetUp() override { save_plan(SmallPlan::make(), path); }
  void TearDown() override { std::filesystem::remove(path); }

  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               fmt::format("vernier_subject_test_{}.plan", getpid());
};

TEST_F(SubjectFile, APlanShowsEveryStepWithItsWork) {
  const Subject subject = open_subject(path, {.batch = 3});
  EXPECT_EQ(subject.precision, "int8");
  EXPECT_EQ(subject.input_sizes, (std::vector<std::int64_t>{96}));
  EXPECT_EQ(subject.file_bytes, static_cast<std::int64_t>(std::filesystem::file_size(path)));
  const Plan plan = SmallPlan::make();
  ASSERT_EQ(subject.steps.size(), plan.steps.size());
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    EXPECT_EQ(subject.steps[i].name, plan.steps[i].name);
    EXPECT_GT(subject.steps[i].bytes, 0) << subject.steps[i].name;
  }
  EXPECT_EQ(subject.steps[0].kind, "Quantize");
  std::vector<int> calls(plan.steps.size());
  subject.run([&](std::size_t step) { ++calls.at(step); });
  for (const int each : calls) EXPECT_EQ(each, 3) << "once for each image";
}

TEST_F(SubjectFile, ASampleHasAtLeastFiveRunsAndTimesOfStepsAreOfTheWholeBatch) {
  const TimeSample sample = take_sample(path, {}, 1e-6);
  EXPECT_EQ(sample.ms.size(), 5U);
  EXPECT_GT(sample.startup_ms, 0.0);
  const std::vector<TimeSummary> times = time_steps(open_subject(path, {}), 1e-6);
  ASSERT_EQ(times.size(), 5U);
  for (const TimeSummary& each : times) {
    EXPECT_GE(each.median_ms, each.min_ms);
    EXPECT_GE(each.spread, 0.0);
  }
}

TEST(BenchInput, IsTheSameEverywhereAndLooksNormal) {
  const std::vector<float> x = bench_input(0, 10000);
  EXPECT_EQ(x, bench_input(0, 10000));
  EXPECT_NE(x, bench_input(1, 10000));
  const std::vector<float> known = {-0.03426732F, -2.5000675F, 0.08772247F, -2.027135F,
                                    0.22379859F};
  const std::vector<float> first = bench_input(1, 5);
  for (std::size_t i = 0; i < known.size(); ++i)
    EXPECT_NEAR(first[i], known[i], 1e-6) << "what runtimes/timing.py gives";
  double sum = 0.0;
  double squares = 0.0;
  for (const float each : x) {
    sum += each;
    squares += double{each} * each;
  }
  EXPECT_NEAR(sum / 1e4, 0.0, 0.05);
  EXPECT_NEAR(squares / 1e4, 1.0, 0.05);
}

TEST(Quantiles, LieBetweenTheirNeighbours) {
  EXPECT_EQ(median_of({3.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(median_of({4.0, 1.0, 2.0, 3.0}), 2.5);
  EXPECT_EQ(quantile_of({1.0, 2.0, 3.0, 4.0, 5.0}, 0.25), 2.0);
  EXPECT_EQ(quantile_of({7.0}, 0.75), 7.0);
}

}  // namespace
}  // namespace vernier
