// Times plans on every instruction set that the machine has, in turns. See README.md.

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

void measure(const std::string& path, const Options& options) {
  const double start = now_ms(1);
  const auto plan = std::make_shared<const Plan>(load_plan(path));
  const double loaded = now_ms(1) - start;
  const std::vector<Tensor> inputs = random_inputs(*plan, options.batch);
  const std::vector<const Kernels*> rows = chosen(options);
  std::vector<Engine> engines;
  for (const Kernels* each : rows)
    engines.emplace_back(plan, EngineOptions{.kernels = each, .threads = options.threads});
  std::vector<std::vector<double>> times(rows.size());
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double before = now_ms(options.threads);
      engines[i].run(inputs);
      times[i].push_back(now_ms(options.threads) - before);
    }
  }
  fmt::print("{}: loaded in {:.2f} ms\n", path, loaded);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    fmt::print("  {:12} median {:8.3f} ms  least {:8.3f} ms  ratio {:.2f}\n", rows[i]->isa,
               median(times[i]), std::ranges::min(times[i]),
               median(times.back()) / median(times[i]));
    if (options.steps) print_steps(engines[i], inputs, options.rounds);
  }
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  vernier::Options options;
  CLI::App app("Times plans on every instruction set of this machine");
  app.add_option("plans", options.plans, "model.plan of run folders")->required();
  app.add_option("--isa", options.isas, "instruction sets; all but ref")->delimiter(',');
  app.add_option("--batch", options.batch, "images at once")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "threads of a run")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "runs of each")->check(CLI::PositiveNumber);
  app.add_flag("--steps", options.steps, "the time of each step, too");
  CLI11_PARSE(app, argc, argv);
  try {
    for (const std::string& isa : options.isas) vernier::find_kernels(isa);
    for (const std::string& plan : options.plans) vernier::measure(plan, options);
  } catch (const vernier::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
