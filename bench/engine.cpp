// Times plans on every instruction set that the machine has, all in turns. See README.md.

#include "vernier/engine/engine.h"

#include <algorithm>
#include <map>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "vernier/base/error.h"

#include "bench/now_ms.h"
#include "bench/random_inputs.h"

namespace vernier {
namespace {

struct Options {
  std::vector<std::string> plans;
  std::vector<std::string> isas;
  std::int64_t batch = 1;
  int rounds = 31;
  int threads = 1;
  bool steps = false;
};

double median(std::vector<double> times) {
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::ranges::nth_element(times, middle);
  return *middle;
}

std::vector<const Kernels*> chosen(const Options& options) {
  std::vector<const Kernels*> result;
  for (const Kernels* each : supported_kernels()) {
    const bool wanted = options.isas.empty() ? each != &kernels_ref
                                             : std::ranges::count(options.isas, each->isa) > 0;
    if (wanted) result.push_back(each);
  }
  return result;
}

constexpr std::array step_names = {
    "convolve",       "depthwise",      "combine",       "pool",         "lookup",
    "quantize",       "dequantize",     "rearrange",     "fill_border",  "float_unary",
    "float_binary",   "float_convolve", "float_product", "float_reduce", "float_softmax",
    "local_response", "batch_norm",     "float_pool",    "interpolate"};
static_assert(step_names.size() == std::variant_size_v<StepOp>);

// Least time of each step; the sum for each kind.
void print_steps(Engine& engine, std::span<const Tensor> inputs, int rounds) {
  const std::vector<Step>& steps = engine.plan().steps;
  std::vector<double> least(steps.size(), 1e9);
  for (int round = 0; round < rounds; ++round) {
    double last = now_ms(1);
    engine.run(inputs, [&](std::size_t step, std::int64_t) {
      const double now = now_ms(1);
      least[step] = std::min(least[step], now - last);
      last = now_ms(1);
    });
  }
  std::map<std::string_view, double> kinds;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    fmt::print("  {:9.1f} us  {:14} {}\n", least[i] * 1e3, step_names[steps[i].op.index()],
               steps[i].name);
    kinds[step_names[steps[i].op.index()]] += least[i];
  }
  for (const auto& [kind, time] : kinds) fmt::print("  {:9.1f} us  all of {}\n", time * 1e3, kind);
}

struct Measured {
  std::string path;
  double loaded_ms = 0;
  std::vector<Tensor> inputs;
  std::vector<Engine> engines;
  std::vector<std::vector<double>> times;  // for each engine
};

Measured load(const std::string& path, std::span<const Kernels* const> rows,
              const Options& options) {
  Measured result{.path = path};
  const double start = now_ms(1);
  const auto plan = std::make_shared<const Plan>(load_plan(path));
  result.loaded_ms = now_ms(1) - start;
  result.inputs = random_inputs(*plan, options.batch);
  for (const Kernels* each : rows)
    result.engines.emplace_back(plan, EngineOptions{.kernels = each, .threads = options.threads});
  result.times.resize(rows.size());
  return result;
}

void run_each(Measured& plan, const Options& options) {
  for (std::size_t i = 0; i < plan.engines.size(); ++i) {
    const double before = now_ms(options.threads);
    plan.engines[i].run(plan.inputs);
    plan.times[i].push_back(now_ms(options.threads) - before);
  }
}

// Ratios are of medians: the last instruction set to this one, and the first plan to this one.
void print(Measured& plan, std::span<const Kernels* const> rows, const Measured& first,
           const Options& options) {
  fmt::print("{}: loaded in {:.2f} ms\n", plan.path, plan.loaded_ms);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double middle = median(plan.times[i]);
    fmt::print("  {:12} median {:8.3f} ms  least {:8.3f} ms  ratio {:.2f}", rows[i]->isa, middle,
               std::ranges::min(plan.times[i]), median(plan.times.back()) / middle);
    if (&plan != &first) fmt::print("  to the first {:.3f}", median(first.times[i]) / middle);
    fmt::print("\n");
    if (options.steps) print_steps(plan.engines[i], plan.inputs, options.rounds);
  }
}

void measure(const Options& options) {
  const std::vector<const Kernels*> rows = chosen(options);
  std::vector<Measured> plans;
  for (const std::string& path : options.plans) plans.push_back(load(path, rows, options));
  for (int round = 0; round < options.rounds; ++round)
    for (Measured& each : plans) run_each(each, options);
  for (Measured& each : plans) print(each, rows, plans.front(), options);
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  vernier::Options options;
  CLI::App app("Times plans on every instruction set of this machine, in turns");
  app.add_option("plans", options.plans, "model.plan of run folders")->required();
  app.add_option("--isa", options.isas, "instruction sets; all but ref")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--batch", options.batch, "images at once")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "threads of a run")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "runs of each")->check(CLI::PositiveNumber);
  app.add_flag("--steps", options.steps, "the time of each step, too");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& isa : options.isas) vernier::find_kernels(isa);
    vernier::measure(options);
  } catch (const vernier::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
