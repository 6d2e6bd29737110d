// Weights of 4 bits beside the same ones as bytes: times every layer of a plan and of a copy of it
// whose weights are s8, in turns in one process. Both give the same results, which is checked. See
// README.md.

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "vernier/base/error.h"
#include "vernier/engine/engine.h"

#include "bench/now_ms.h"
#include "bench/random_inputs.h"

namespace vernier {
namespace {

constexpr int wall_clock = 2;  // cheap to read; the least of many rounds is undisturbed
constexpr std::size_t line_bytes = 64;
constexpr int places = 6;  // in memory: the engines are made anew

struct Options {
  std::vector<std::string> plans;
  std::vector<std::string> isas;
  std::int64_t batch = 1;
  int rounds = 21;
  bool evict = false;
};

// Weights that begin with a whole byte.
struct Parts {
  std::int64_t count = 1;
  std::int64_t quads = 1;
};
Parts parts_of(const Convolve& step) {
  return {step.groups * panels_of(step.sizes.channels), quads_of(step)};
}
Parts parts_of(const ConvolveDepthwise& step) {
  return {1, panels_of(step.sizes.channels) * quads_of(step)};
}

// Appends the weights of a step as s8 and makes it read these.
void widen(auto& step, AlignedBytes& constants) {
  if (step.weight_element != WeightElement::s4) return;
  const auto [count, quads] = parts_of(step);
  const std::int64_t bytes = panel_bytes(WeightElement::s8, quads);
  const std::size_t first = (constants.size() + line_bytes - 1) / line_bytes * line_bytes;
  constants.resize(first + static_cast<std::size_t>(bytes * count + quad_weights));
  for (std::int64_t part = 0; part < count; ++part) {
    kernels_ref.expand(
        {.nibbles = constants.data() + step.weights + part * panel_bytes(WeightElement::s4, quads),
         .weights = reinterpret_cast<std::int8_t*>(constants.data() + first) + part * bytes,
         .quads = quads});
  }
  step.weights = static_cast<std::int64_t>(first);
  step.weight_element = WeightElement::s8;
}

Plan widened(Plan plan) {
  for (Step& step : plan.steps) {
    if (auto* each = std::get_if<Convolve>(&step.op)) widen(*each, plan.constants);
    if (auto* each = std::get_if<ConvolveDepthwise>(&step.op)) widen(*each, plan.constants);
  }
  return plan;
}

// Bytes of the weights of a step of 4 bits; 0: it has none.
std::int64_t nibble_bytes(const StepOp& op) {
  return std::visit(
      [](const auto& step) -> std::int64_t {
        if constexpr (requires { packed_weight_bytes(step); }) {
          if (step.weight_element == WeightElement::s4) return packed_weight_bytes(step);
        }
        return 0;
      },
      op);
}

void evict([[maybe_unused]] std::span<const std::byte> bytes) {
#if defined(__x86_64__)
  for (std::size_t i = 0; i < bytes.size(); i += line_bytes) _mm_clflush(bytes.data() + i);
  _mm_mfence();
#endif
}

// Milliseconds of every step in every round.
using Times = std::vector<std::vector<double>>;

// The run before leaves the caches as a run of the same plan does.
std::vector<Tensor> time_steps(Engine& engine, std::span<const Tensor> inputs, bool from_memory,
                               Times& times) {
  engine.run(inputs);
  if (from_memory) evict(engine.plan().constants);
  std::vector<double> round(times.size());
  double last = now_ms(wall_clock);
  std::vector<Tensor> outputs = engine.run(inputs, [&](std::size_t step, std::int64_t) {
    const double now = now_ms(wall_clock);
    round[step] += now - last;
    last = now_ms(wall_clock);
  });
  for (std::size_t i = 0; i < round.size(); ++i) times[i].push_back(round[i]);
  return outputs;
}

double median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

void print_layers(const Plan& plan, const Times& bytes, const Times& nibbles) {
  double all_bytes = 0.0;
  double all_nibbles = 0.0;
  fmt::print("  {:>9} {:>9} {:>6} {:>6}  {:>9}  {}\n", "s8 us", "s4 us", "least", "median",
             "s4 bytes", "layer");
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const double wide = std::ranges::min(bytes[i]);
    const double narrow = std::ranges::min(nibbles[i]);
    all_bytes += wide;
    all_nibbles += narrow;
    if (nibble_bytes(plan.steps[i].op) == 0) continue;
    fmt::print("  {:9.2f} {:9.2f} {:6.3f} {:6.3f}  {:9}  {}\n", wide * 1e3, narrow * 1e3,
               wide / narrow, median(bytes[i]) / median(nibbles[i]), nibble_bytes(plan.steps[i].op),
               plan.steps[i].name);
  }
  fmt::print("  {:9.1f} {:9.1f} {:6.3f}  all steps\n", all_bytes * 1e3, all_nibbles * 1e3,
             all_bytes / all_nibbles);
}

// Where activations lie changes times by some per cent.
void share_memory(const Engine& from, Engine& to) {
  for (std::size_t i = 0; i < from.plan().buffers.size(); ++i) {
    if (from.plan().buffers[i].place != Place::arena) continue;
    const auto id = static_cast<BufferId>(i);
    to.bind(id, const_cast<std::byte*>(from.memory(id)));
  }
}

void measure(const std::string& path, const Kernels& kernels, const Options& options) {
  const auto nibbles = std::make_shared<const Plan>(load_plan(path));
  const auto bytes = std::make_shared<const Plan>(widened(*nibbles));
  const std::vector<Tensor> inputs = random_inputs(*nibbles, options.batch);
  Times wide_times(bytes->steps.size());
  Times narrow_times(bytes->steps.size());
  for (int place = 0; place < places; ++place) {
    std::array<std::optional<Engine>, 2> engines;  // of bytes, of nibbles
    for (const int i : {place % 2, 1 - place % 2}) {
      engines[i].emplace(i == 0 ? bytes : nibbles, EngineOptions{.kernels = &kernels});
    }
    share_memory(*engines[0], *engines[1]);
    for (int round = 0; round < options.rounds; ++round) {
      const bool from_memory = options.evict;
      const auto expected = time_steps(*engines[0], inputs, from_memory, wide_times);
      if (time_steps(*engines[1], inputs, from_memory, narrow_times) != expected) {
        fail("{}: the results differ", path);
      }
    }
  }
  fmt::print("{} on {}\n", path, kernels.isa);
  print_layers(*nibbles, wide_times, narrow_times);
}

void run(const Options& options) {
  for (const std::string& plan : options.plans) {
    for (const Kernels* each : supported_kernels()) {
      const bool wanted = options.isas.empty() ? each == supported_kernels().front()
                                               : std::ranges::count(options.isas, each->isa) > 0;
      if (wanted) measure(plan, *each, options);
    }
  }
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  vernier::Options options;
  CLI::App app("Times weights of 4 bits beside the same ones as bytes");
  app.add_option("plans", options.plans, "model.plan of run folders")->required();
  app.add_option("--isa", options.isas, "instruction sets; the fastest")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--batch", options.batch, "images at once")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "runs of each, six times over")
      ->check(CLI::PositiveNumber);
  app.add_flag("--evict", options.evict, "weights come from memory: no cache holds them");
  CLI11_PARSE(app, argc, argv);
  try {
    vernier::run(options);
  } catch (const vernier::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
