#include "vernier/latency/rounds.h"

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/latency/runtime.h"

namespace vernier {
namespace {

const Probe& some_probe() { return *integer_probes().back(); }

Contender shell(const std::string& engine, const std::string& script) {
  return {.engine = engine, .precision = "int8", .command = {"/bin/sh", "-c", script}};
}

const std::string good =
    R"(echo noise; echo '{"version": "3", "startup_ms": 5, "ms": [2.0, 1.0, 4.0], "preemptions": 0}')";

template <typename Action>
std::string error_of(const Action& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Probes, EveryOneOfThisMachineIsPositiveAndTheFirstIsTheFallback) {
  const auto probes = integer_probes();
  ASSERT_FALSE(probes.empty());
  for (const Probe* each : probes) {
    const ProbeRate rate = probe_rate(*each, 1, 0.001);
    EXPECT_GT(rate.average, 0.0) << each->name;
    EXPECT_GE(rate.best, 0.999 * rate.average) << each->name;
  }
  EXPECT_GT(probe_rate(float_probe(), 2, 0.001).best, 0.0);
  EXPECT_EQ(&integer_probe("no such set"), probes.front());
  EXPECT_EQ(integer_probe("ref").name, "ref");
}

TEST(Rounds, EachContenderHasAProcessEachRoundAndAFailureIsOneLine) {
  int rounds = 0;
  const Match match = take_turns(
      {shell("one", good), shell("two", "echo first >&2; echo 'two: refuses' >&2; exit 3")},
      {.threads = 1, .samples = 2, .probe = &some_probe(), .patience = 0.0},
      [&](int done, int most) {
        rounds = done;
        EXPECT_EQ(most, 6);
      });
  ASSERT_EQ(match.turns.size(), 2U);
  EXPECT_EQ(match.turns[0].problem, "");
  EXPECT_EQ(match.turns[0].rounds.size(), static_cast<std::size_t>(rounds));
  for (const auto& each : match.turns[0].rounds) {
    ASSERT_TRUE(each.has_value());
    EXPECT_EQ(each->sample.median_ms(), 2.0);
    EXPECT_EQ(each->sample.version, "3");
    EXPECT_GT(each->probe, 0.0);
  }
  EXPECT_EQ(match.turns[1].problem, "two: refuses");
  EXPECT_FALSE(match.turns[1].rounds.at(0).has_value());
  EXPECT_GT(match.best_probe, 0.0);
  EXPECT_GT(match.best_float, 0.0);
}

TEST(TimeSample, ComesBackFromItsLineAndNothingElseIsTaken) {
  const TimeSample sample{.version = "1.2", .startup_ms = 3.5, .ms = {1.5, 2.5}, .preemptions = 4};
  const TimeSample back = parse_sample("a library says hello\n" + to_json(sample) + "\n", "who");
  EXPECT_EQ(back.version, sample.version);
  EXPECT_EQ(back.startup_ms, sample.startup_ms);
  EXPECT_EQ(back.ms, sample.ms);
  EXPECT_EQ(back.preemptions, sample.preemptions);
  for (const char* text : {"", "\n", "{}", "[1]", "nonsense",
                           R"({"version": "1", "startup_ms": 1, "ms": [], "preemptions": 0})",
                           R"({"version": "1", "startup_ms": 1, "ms": [0], "preemptions": 0})",
                           R"({"version": "1", "startup_ms": 1, "ms": ["a"], "preemptions": 0})"}) {
    EXPECT_TRUE(error_of([&] { parse_sample(text, "who"); }).starts_with("who: ")) << text;
  }
}

TEST(Runtimes, WhatIsMissingIsSaidInOneLine) {
  const BenchFiles files{.name = "net", .plan = "net.plan"};
  EXPECT_TRUE(error_of([&] {
                contender_of("openvino", files, {});
              }).starts_with("openvino: there is no model.onnx with QuantizeLinear nodes"));
  EXPECT_TRUE(error_of([&] {
                contender_of("onednn", files, {});
              }).starts_with("onednn: the float network is not known"));
  EXPECT_TRUE(error_of([&] {
                contender_of("opnvino", files, {});
              }).starts_with("unknown runtime 'opnvino'; did you mean 'openvino'"));
  EXPECT_EQ(find_runtime("openvino:fp32").name, "openvino");
  EXPECT_EQ(error_of([&] { contender_of("onednn:int8", files, {}); }),
            "--against onednn:int8: expected fp32 behind the colon");
}

}  // namespace
}  // namespace vernier
