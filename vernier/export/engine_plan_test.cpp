#include "vernier/export/engine_plan.h"

#include <atomic>
#include <cstring>
#include <thread>

#include <gtest/gtest.h>

#include "vernier/base/error.h"
#include "vernier/base/fuzz.h"
#include "vernier/engine/engine.h"
#include "vernier/engine/prepare.h"
#include "vernier/ir/macs.h"
#include "vernier/ir/text.h"
#include "vernier/reference/exact.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

struct Case {
  std::string_view name;
  RandomSpecs specs;
};

QuantSpec spec(IntRange range, bool symmetric, Granularity granularity = Granularity::per_tensor) {
  return {.range = range, .symmetric = symmetric, .granularity = granularity};
}

const std::vector<Case>& cases() {
  constexpr auto per_channel = Granularity::per_channel;
  static const std::vector<Case> all = {
      {"s8, per channel", {spec({-128, 127}, true), spec({-127, 127}, true, per_channel)}},
      {"u8, per channel", {spec({0, 255}, false), spec({-127, 127}, true, per_channel)}},
      {"u8, asymmetric weights", {spec({0, 255}, false), spec({0, 255}, false)}},
      {"s8, asymmetric weights per channel, dyadic",
       {spec({-128, 127}, false), spec({-128, 127}, false, per_channel), Requantization::dyadic}},
      {"4 bits, shift", {spec({-8, 7}, true), spec({-8, 7}, true), Requantization::shift}},
      {"u4, dyadic",
       {spec({0, 15}, false), spec({-7, 7}, true, per_channel), Requantization::dyadic}},
      {"u8, fixed16",
       {spec({0, 255}, false), spec({-127, 127}, true, per_channel), Requantization::fixed16}},
      {"s8, fixed16", {spec({-128, 127}, true), spec({-128, 127}, true), Requantization::fixed16}},
      {"u8, tflite", {spec({0, 255}, false), spec({0, 255}, false), Requantization::tflite}},
      {"s8, tflite",
       {spec({-128, 127}, false), spec({-127, 127}, true, per_channel), Requantization::tflite}},
      {"s8, tflite of a single rounding",
       {spec({-128, 127}, false), spec({-127, 127}, true, per_channel),
        Requantization::tflite_single}},
      {"16-bit activations, tflite",
       {spec({-32768, 32767}, true), spec({-7, 7}, true), Requantization::tflite}},
      {"16-bit activations", {spec({-32768, 32767}, true), spec({-7, 7}, true)}},
      {"unsigned 12 bits", {spec({0, 4095}, false), spec({-127, 127}, true)}},
      {"12-bit weights", {spec({0, 255}, false), spec({-2048, 2047}, true, per_channel)}},
      {"fused additions",
       {.activation = spec({0, 255}, false),
        .weight = spec({-127, 127}, true, per_channel),
        .addition = Addition::fma}},
      {"fused additions of signed integers",
       {.activation = spec({-128, 127}, false),
        .weight = spec({-127, 127}, true),
        .addition = Addition::fma}},
      {"float biases",
       {.activation = spec({0, 255}, false),
        .weight = spec({-127, 127}, true, per_channel),
        .sums = Sums::float_bias}},
      {"float biases of signed integers",
       {.activation = spec({-128, 127}, true),
        .weight = spec({-127, 127}, true, per_channel),
        .sums = Sums::float_bias}},
      {"float biases of a narrow range",
       {.activation = spec({-127, 127}, true),
        .weight = spec({-127, 127}, true),
        .sums = Sums::float_bias}},
      {"float biases of 12 bits",
       {.activation = spec({-2048, 2047}, true),
        .weight = spec({-7, 7}, true),
        .sums = Sums::float_bias}},
      {"half away",
       {{.range = {-127, 127}, .rounding = Rounding::half_away}, spec({-127, 127}, true)}},
  };
  return all;
}

// Every value computed on floats becomes an output.
void show_all_values(Graph& graph) {
  graph.outputs.clear();
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!graph.values[i].constant) graph.outputs.push_back(static_cast<ValueId>(i));
  }
}

void expect_same_bits(const IntegerGraph& network, const std::vector<Tensor>& exact,
                      const std::vector<Tensor>& deployed, const std::string& what) {
  ASSERT_EQ(exact.size(), deployed.size());
  for (std::size_t i = 0; i < exact.size(); ++i) {
    const std::string& name = network.graph[network.graph.outputs[i]].name;
    ASSERT_EQ(exact[i].shape(), deployed[i].shape()) << what << ": " << name;
    const auto left = exact[i].view<float>();
    const auto right = deployed[i].view<float>();
    for (std::size_t j = 0; j < left.size(); ++j) {
      ASSERT_EQ(std::memcmp(&left[j], &right[j], sizeof(float)), 0)
          << what << ": " << name << to_string(exact[i].shape()) << " element " << j << ": exact "
          << left[j] << ", deployed " << right[j];
    }
  }
}

constexpr std::uint64_t networks_of_a_case = 40;

// The networks of the test above must not leave out a kind of step by accident.
TEST(EnginePlan, RandomNetworksHoldEveryKindOfStep) {
  std::vector<int> seen(std::variant_size_v<StepOp>);
  for (const Case& each : cases()) {
    for (std::uint64_t seed = 0; seed < networks_of_a_case; ++seed) {
      RandomNetwork maker(seed * 131 + 7, each.specs);
      const Plan plan = compile_plan(lower(maker.make(4 + static_cast<int>(seed % 5))));
      for (const Step& step : plan.steps) ++seen[step.op.index()];
    }
  }
  for (std::size_t kind = 0; kind < seen.size(); ++kind) {
    EXPECT_GE(seen[kind], 10) << "kind " << kind << " of StepOp";
  }
}

TEST(EnginePlan, StepsKnowTheWorkOfTheirNodes) {
  for (const Case& each : cases()) {
    RandomNetwork maker(3, each.specs);
    const QuantGraph model = maker.make(8);
    std::int64_t expected = 0;
    for (const Node& node : model.graph.nodes) expected += mac_count(model.graph, node);
    const Plan plan = compile_plan(lower(model));
    std::int64_t macs = 0;
    std::int64_t bytes = 0;
    for (const Step& step : plan.steps) {
      macs += step.macs;
      bytes += step.constant_bytes;
    }
    EXPECT_EQ(macs, expected) << each.name;
    EXPECT_LE(bytes, static_cast<std::int64_t>(plan.constants.size())) << each.name;
  }
}

void check_network(const Case& each, std::uint64_t seed) {
  RandomSpecs specs = each.specs;
  if (seed % 4 == 1) specs.fixed_batch = 2;
  RandomNetwork maker(seed * 131 + 7, specs);
  QuantGraph model = maker.make(4 + static_cast<int>(seed % 5));
  if (seed % 2 == 0) show_all_values(model.graph);
  const std::string what = fmt::format("{}, network {}", each.name, seed);
  SCOPED_TRACE(what);
  const IntegerGraph network = lower(model);
  const std::vector<Tensor> inputs = {maker.random_input(2)};
  const std::vector<Tensor> exact = run_exact(network, inputs);
  const auto plan =
      std::make_shared<const Plan>(plan_from_bytes(plan_bytes(compile_plan(network)), "plan"));
  for (const Kernels* kernels : supported_kernels()) {
    Engine engine(plan, {.kernels = kernels, .threads = 1 + static_cast<int>(seed % 3)});
    expect_same_bits(network, exact, engine.run(inputs),
                     fmt::format("{} on {}", what, kernels->isa));
    if (testing::Test::HasFatalFailure()) {
      FAIL() << to_text(model, {.longest_constant = 8});
    }
  }
}

TEST(EnginePlan, ComputesEveryBitOfEveryValueAsExactDoes) {
  for (const Case& each : cases()) {
    for (std::uint64_t seed = 0; seed < networks_of_a_case; ++seed) {
      ASSERT_NO_FATAL_FAILURE(check_network(each, seed));
    }
  }
}

// Kernels rely on it where they sum up in 16 bits.
TEST(EnginePlan, NoByteThatIsConvolvedIsHigherThanIsSaidOfItsBuffer) {
  int known = 0;  // buffers of which more is said than 255
  for (const Case& each : cases()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(fmt::format("{}, network {}", each.name, seed));
      RandomNetwork maker(seed * 131 + 7, each.specs);
      const auto plan = std::make_shared<const Plan>(compile_plan(lower(maker.make(8))));
      const std::vector<std::int32_t> highest = highest_stored(*plan);
      Engine engine(plan);
      engine.run(std::vector<Tensor>{maker.random_input(1)}, [&](std::size_t step, std::int64_t) {
        const auto* convolve = std::get_if<Convolve>(&plan->steps[step].op);
        if (convolve == nullptr) return;
        const Buffer& x = plan->buffers[index(convolve->x.buffer)];
        if (x.element != Element::u8) return;
        const std::int32_t most = highest[index(convolve->x.buffer)];
        known += most < 255 ? 1 : 0;
        const Tensor integers = engine.value(convolve->x.buffer);
        for (const std::int32_t q : integers.view<std::int32_t>()) {
          ASSERT_LE(q - x.shift, most) << x.name;
        }
      });
    }
  }
  EXPECT_GT(known, 30);
}

/// A plan with an input, and what it gives alone.
struct Alone {
  std::shared_ptr<const Plan> plan;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;

  Alone(const RandomSpecs& specs, std::uint64_t seed) {
    RandomNetwork maker(seed, specs);
    plan = std::make_shared<const Plan>(compile_plan(lower(maker.make(6))));
    inputs = {maker.random_input(2)};
    outputs = Engine(plan).run(inputs);
  }
};

TEST(EnginePlan, DifferentNetworksRunBesideEachOther) {
  std::vector<Alone> networks;
  for (std::uint64_t seed = 0; seed < 4; ++seed) networks.emplace_back(cases()[seed].specs, seed);
  std::atomic<int> different = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&, caller] {
      std::vector<std::unique_ptr<Engine>> engines;
      for (const Alone& each : networks)
        engines.push_back(
            std::make_unique<Engine>(each.plan, EngineOptions{.threads = 1 + caller % 3}));
      for (int turn = 0; turn < 40; ++turn) {
        const auto which = static_cast<std::size_t>(turn + caller) % networks.size();
        if (engines[which]->run(networks[which].inputs) != networks[which].outputs) ++different;
      }
    });
  }
  for (std::thread& each : callers) each.join();
  EXPECT_EQ(different, 0) << "of 160 runs";
}

// VERNIER_FUZZ_SECONDS is for how long.
TEST(PlanFuzz, RandomNetworksGiveTheBitsOfExact) {
  fuzz([](Random& random) {
    const auto kind = static_cast<std::size_t>(random.below(std::ssize(cases())));
    try {
      check_network(cases()[kind], static_cast<std::uint64_t>(random.below(1 << 30)));
    } catch (const Error& error) {
      // Exponentials of exponentials lead beyond float32, which is refused.
      EXPECT_NE(std::string(error.what()).find("expected a positive number"), std::string::npos)
          << error.what();
    }
  });
}

}  // namespace
}  // namespace vernier
