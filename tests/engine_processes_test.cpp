// The engine as a program has it: one process for each instruction set and number of threads, and
// every byte that comes out. The scalar kernels are the definition.

#include "vernier/base/process.h"
#include "vernier/engine/engine.h"
#include "vernier/engine/kernels.h"
#include "vernier/export/engine_plan.h"
#include "vernier/reference/random_network.h"

#include "tests/run_folder.h"

namespace vernier {
namespace {

std::string output_of(const fs::path& plan, std::string_view isa, int threads) {
  const std::vector<std::string> command = {VERNIER_PLAN_OUTPUTS, plan, std::to_string(threads)};
  const std::vector<std::string> settings = {fmt::format("VERNIER_ISA={}", isa)};
  const ProcessResult result = run_process(command, settings);
  EXPECT_EQ(result.status, 0) << isa << ": " << result.errors;
  return result.output;
}

void expect_same_bytes_everywhere(const fs::path& plan) {
  const std::string expected = output_of(plan, "ref", 1);
  ASSERT_FALSE(expected.empty());
  for (const Kernels* each : supported_kernels()) {
    for (const int threads : {1, 2, 5}) {
      EXPECT_TRUE(output_of(plan, each->isa, threads) == expected)
          << plan << " differs on " << each->isa << " with " << threads << " threads";
    }
  }
}

using EngineProcesses = RunFolder;

TEST_F(EngineProcesses, GiveTheSameBytesForATrainedNetwork) {
  ptq();
  expect_same_bytes_everywhere(folder_ / "run/model.plan");
}

TEST_F(EngineProcesses, GiveTheSameBytesForRandomNetworks) {
  const QuantSpec spec{.range = {0, 255}, .symmetric = false};
  const QuantSpec weight{.range = {-127, 127}, .granularity = Granularity::per_channel};
  for (std::size_t i = 0; i < EnumNames<Requantization>::names.size(); ++i) {
    RandomNetwork maker(40 + i, {.activation = spec,
                                 .weight = weight,
                                 .requantization = static_cast<Requantization>(i),
                                 .share_of_points = 1.0});
    const fs::path plan = folder_ / fmt::format("{}.plan", i);
    save_plan(compile_plan(lower(maker.make(12))), plan);
    expect_same_bytes_everywhere(plan);
  }
}

TEST_F(EngineProcesses, AnUnknownInstructionSetIsAnErrorOfTheLibrary) {
  ptq();
  const std::vector<std::string> command = {VERNIER_PLAN_OUTPUTS, folder_ / "run/model.plan", "1"};
  const std::vector<std::string> settings = {"VERNIER_ISA=sse9"};
  const ProcessResult result = run_process(command, settings);
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.errors.find("VERNIER_ISA is 'sse9'"), std::string::npos) << result.errors;
}

TEST_F(EngineProcesses, TheExampleInCPrintsTheFiveLargestOutputs) {
  ptq();
  const std::vector<float> image(28 * 28, 0.5F);
  const fs::path input = folder_ / "input.f32";
  write_file(input, std::as_bytes(std::span(image)));
  const fs::path plan = folder_ / "run/model.plan";
  const ProcessResult result = run_process(std::vector<std::string>{VERNIER_TOP5, plan, input});
  ASSERT_EQ(result.status, 0) << result.errors;

  Engine engine(std::make_shared<const Plan>(load_plan(plan)));
  std::vector<std::pair<float, std::size_t>> outputs;
  const Tensor y = engine.run({{Tensor::of<float>({1, 1, 28, 28}, image)}})[0];
  for (const float value : y.view<float>()) outputs.emplace_back(-value, outputs.size());
  std::ranges::sort(outputs);
  std::string expected;
  for (std::size_t i = 0; i < 5; ++i) {
    expected += fmt::format("{} {:g}\n", outputs[i].second, -outputs[i].first);
  }
  EXPECT_EQ(result.output, expected);
  EXPECT_EQ(run_process(std::vector<std::string>{VERNIER_TOP5, plan, plan.string() + "x"}).status,
            1);
}

}  // namespace
}  // namespace vernier
