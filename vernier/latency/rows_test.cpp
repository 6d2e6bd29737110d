#include "vernier/latency/rows.h"

#include <gtest/gtest.h>

#include "vernier/latency/report.h"

namespace vernier {
namespace {

constexpr double best = 100.0;
const BenchCase what = {
    .model = "net", .macs = 400'000'000, .integer_peak = 200.0, .float_peak = 50.0};

// One run of so many milliseconds.
WatchedSample quiet(double ms) {
  return {.sample = {.version = "1", .startup_ms = 7.0, .ms = {ms}}, .probe = best, .burst = best};
}

WatchedSample disturbed(double ms) {
  WatchedSample sample = quiet(ms);
  sample.probe = 0.5 * best;
  return sample;
}

Turns turns(std::vector<std::optional<WatchedSample>> rounds,
            const std::string& precision = "int8") {
  return {.contender = {.engine = "vernier", .precision = precision}, .rounds = std::move(rounds)};
}

BenchRow row(const Turns& of) {
  return row_of(of, {.best_probe = best}, what).value_or(BenchRow{});
}

TEST(Quiet, AsksForTheProbeForNobodyElseAndForFewInterruptions) {
  EXPECT_TRUE(is_quiet(quiet(1.0), best));
  WatchedSample sample = quiet(1000.0);
  sample.probe = 92.0;
  EXPECT_FALSE(is_quiet(sample, best)) << "the probe is below 93 %";
  sample.probe = 93.5;
  EXPECT_TRUE(is_quiet(sample, best));
  sample.others = 0.06;
  EXPECT_FALSE(is_quiet(sample, best)) << "others took 6 %";
  sample.others = 0.0;
  sample.sample.preemptions = 21;
  EXPECT_FALSE(is_quiet(sample, best)) << "21 interruptions in a second";
  sample.sample.preemptions = 19;
  EXPECT_TRUE(is_quiet(sample, best));
}

TEST(Rows, DisturbedSamplesAreDiscardedAndCounted) {
  const BenchRow found =
      row(turns({quiet(2.0), disturbed(9.0), quiet(1.0), std::nullopt, quiet(4.0)}));
  EXPECT_EQ(found.median_ms, 2.0);
  EXPECT_EQ(found.min_ms, 1.0);
  EXPECT_EQ(found.samples, 3);
  EXPECT_EQ(found.discarded, 1);
  EXPECT_TRUE(found.quiet);
  EXPECT_EQ(found.startup_ms, 7.0);
  EXPECT_DOUBLE_EQ(found.gmacs, 200.0) << "0.4 GMAC in 2 ms";
  EXPECT_DOUBLE_EQ(found.peak_share, 1.0);
  EXPECT_DOUBLE_EQ(found.spread, 0.75) << "quartiles 1.5 and 3, median 2";
}

TEST(Rows, TheShareOfThePeakIsThatOfEachSamplesOwnClock) {
  std::vector<std::optional<WatchedSample>> rounds = {quiet(2.0), quiet(4.0), quiet(8.0)};
  rounds[1]->burst = 0.5 * best;
  rounds[2]->burst = 0.25 * best;
  EXPECT_DOUBLE_EQ(row(turns(rounds)).peak_share, 1.0) << "half the clock, twice the time";
  EXPECT_DOUBLE_EQ(row(turns(rounds, "fp32")).peak_share, 4.0) << "floats: a quarter of the peak";
}

TEST(Rows, WhereTooFewAreQuietAllCountAndTheRowSaysSo) {
  const BenchRow found =
      row(turns({quiet(1.0), disturbed(3.0), quiet(1.0), disturbed(3.0), disturbed(3.0)}, "fp32"));
  EXPECT_EQ(found.median_ms, 3.0);
  EXPECT_EQ(found.samples, 5);
  EXPECT_EQ(found.discarded, 0);
  EXPECT_FALSE(found.quiet);
  EXPECT_DOUBLE_EQ(found.peak_share, found.gmacs / 50.0) << "floats are told in the float peak";
}

TEST(Rows, WhoNeverRanHasNone) {
  EXPECT_FALSE(row_of(turns({std::nullopt}), {.best_probe = best}, what).has_value());
}

TEST(Ratio, IsTheirsOverOursInTheRoundsThatWereQuietForBoth) {
  const Turns ours = turns({quiet(1.0), quiet(1.0), disturbed(5.0), quiet(1.0), quiet(1.0)});
  const Turns theirs = turns({quiet(2.0), quiet(2.0), quiet(2.0), disturbed(50.0), quiet(2.0)});
  EXPECT_EQ(ratio_of(ours, theirs, best), 2.0);
  EXPECT_EQ(ratio_of(ours, turns({}), best), std::nullopt);
}

TEST(Report, JsonHasTheFieldsThatScriptsRead) {
  BenchReport report{.machine = {.cpu = "a cpu", .isa = "avx2", .peak = {"avx2", 100.0}},
                     .what = what};
  report.rows.push_back(row(turns({quiet(2.0)})));
  report.rows.push_back(report.rows[0]);
  report.rows[1].contender = {.engine = "openvino", .precision = "int8"};
  report.ratios.push_back({{.engine = "openvino", .precision = "int8"}, 1.5});
  const std::string json = bench_json(report);
  for (const char* field :
       {R"("schema": 1)", R"("cpu": "a cpu")", R"("isa": "avx2")", R"("probe_gmacs": 100.0)",
        R"("model": "net")", R"("engine": "vernier")", R"("precision": "int8")", R"("batch": 1)",
        R"("threads": 1)", R"("median_ms": 2.0)", R"("min_ms": 2.0)", R"("samples": 1)",
        R"("discarded": 0)", R"("gmacs": 200.0)", R"("peak_share": 1.0)",
        R"("against": "openvino")", R"("ratio": 1.5)"}) {
    EXPECT_NE(json.find(field), std::string::npos) << field << " is missing in\n" << json;
  }
  const std::string table = bench_table(report);
  EXPECT_NE(table.find("vernier int8"), std::string::npos) << table;
  EXPECT_NE(table.find("1.50   1.00"), std::string::npos) << table;
}

}  // namespace
}  // namespace vernier
