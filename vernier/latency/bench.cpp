#include "vernier/latency/bench.h"

#include <algorithm>
#include <cmath>

#include "vernier/base/error.h"
#include "vernier/base/machine.h"
#include "vernier/engine/kernels.h"
#include "vernier/latency/cores.h"

namespace vernier {
namespace {

constexpr int layer_attempts = 5;
constexpr double quiet_layers = 0.93;

// What every program of a match understands.
std::vector<std::string> sample_arguments(const BenchOptions& options) {
  return {"--batch",        std::to_string(options.batch),
          "--threads",      std::to_string(options.threads),
          "--milliseconds", std::to_string(std::lround(1e3 * options.seconds))};
}

std::vector<std::string> shape_arguments(const std::map<std::string, Shape>& shapes) {
  std::vector<std::string> arguments;
  for (const auto& [input, shape] : shapes) {
    arguments.emplace_back("--shape");
    arguments.push_back(fmt::format("{}={}", input, fmt::join(shape, ",")));
  }
  return arguments;
}

BenchMachine machine() {
  BenchMachine machine{.cpu = cpu_name(), .isa = std::string(kernels().isa)};
  for (const Probe* each : integer_probes())
    machine.probes.push_back({std::string(each->name), probe_rate(*each, 1).best});
  return machine;
}

void set_peaks(BenchReport& report, const Match& match, const Probe& probe) {
  const double threads = report.what.threads;
  report.what.integer_peak = match.best_probe;
  report.what.float_peak = match.best_float;
  report.machine.peak = {std::string(probe.name), match.best_probe / threads};
  report.machine.float_peak = {std::string(float_probe().name), match.best_float / threads};
}

std::vector<Contender> contenders_of(const BenchFiles& files, const BenchOptions& options,
                                     std::vector<std::string>& problems) {
  std::vector<std::string> own = sample_arguments(options);
  for (const std::string& each : shape_arguments(options.shapes)) own.push_back(each);
  std::vector<Contender> contenders = {our_contender(files, own)};
  for (const std::string& each : options.against) {
    find_runtime(each);  // a name that nobody knows is no missing runtime
    try {
      contenders.push_back(contender_of(each, files, own));
    } catch (const Error& error) {
      problems.emplace_back(error.what());
    }
  }
  return contenders;
}

BenchLayer layer_of(const StepWork& work, const TimeSummary& time, double peak) {
  const double gmacs =
      time.median_ms > 0.0 ? static_cast<double>(work.macs) / time.median_ms * 1e-6 : 0.0;
  return {.work = work, .time = time, .gmacs = gmacs, .peak_share = gmacs / peak};
}

// A look at the layers is repeated until nobody disturbs it.
void measure_layers(BenchReport& report, const Subject& subject, const BenchOptions& options,
                    const Probe& probe) {
  const double expected = quiet_layers * report.what.integer_peak;
  std::vector<TimeSummary> times;
  double clock = 1.0;  // of that of the fastest burst
  for (int attempt = 0; attempt < layer_attempts; ++attempt) {
    const ProbeRate before = probe_rate(probe, options.threads);
    times = time_steps(subject, options.seconds);
    const ProbeRate after = probe_rate(probe, options.threads);
    clock = std::max(before.best, after.best) / report.what.integer_peak;
    report.layers_quiet = std::min(before.average, after.average) >= expected;
    if (report.layers_quiet) break;
  }
  const double peak =
      subject.precision == "int8" ? report.what.integer_peak : report.what.float_peak;
  for (std::size_t i = 0; i < subject.steps.size(); ++i)
    report.layers.push_back(layer_of(subject.steps[i], times[i], clock * peak));
}

}  // namespace

BenchReport bench(const BenchFiles& files, const BenchOptions& options) {
  const bool integers = !files.plan.empty();
  const Subject subject =
      open_subject(integers ? files.plan : files.model,
                   {.batch = options.batch, .threads = options.threads, .shapes = options.shapes});
  BenchReport report{.what = {.model = files.name,
                              .batch = options.batch,
                              .threads = options.threads,
                              .macs = subject.macs()},
                     .file_bytes = subject.file_bytes,
                     .activation_bytes = subject.activation_bytes};
  report.machine = machine();
  const Probe& probe = integer_probe(report.machine.isa);
  const auto contenders = contenders_of(files, options, report.problems);
  const Match match = take_turns(
      contenders, {.threads = options.threads, .samples = options.samples, .probe = &probe},
      options.progress);
  if (!match.turns.front().problem.empty()) fail("{}", match.turns.front().problem);
  set_peaks(report, match, probe);
  for (const Turns& each : match.turns) {
    if (!each.problem.empty()) {
      report.problems.push_back(
          fmt::format("{} {}: {}", each.contender.engine, each.contender.precision, each.problem));
    }
    if (const auto row = row_of(each, match, report.what)) report.rows.push_back(*row);
    if (&each == &match.turns.front()) continue;
    if (const auto ratio = ratio_of(match.turns.front(), each, match.best_probe))
      report.ratios.push_back({each.contender, *ratio});
  }
  if (options.layers) measure_layers(report, subject, options, probe);
  return report;
}

}  // namespace vernier
