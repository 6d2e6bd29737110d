#include <algorithm>

#include "vernier/latency/report.h"

namespace vernier {
namespace {

std::string machine_lines(const BenchReport& report) {
  const BenchMachine& machine = report.machine;
  std::string probes;
  for (const NamedRate& each : machine.probes)
    probes += fmt::format("{}{} {:.0f}", probes.empty() ? "" : ", ", each.name, each.gmacs);
  return fmt::format(
      "{}, kernels {}\n"
      "most that a core can do on 8 bits, GMAC/s: {}\n"
      "peak, measured between the samples: {:.0f} ({}), float32 {:.0f} ({}), for each thread\n",
      machine.cpu, machine.isa, probes, machine.peak.gmacs, machine.peak.name,
      machine.float_peak.gmacs, machine.float_peak.name);
}

// Of the medians and of the least times, theirs over ours.
std::string ratio_cell(const BenchReport& report, const BenchRow& row) {
  for (const BenchRatio& each : report.ratios) {
    if (each.against.engine == row.contender.engine &&
        each.against.precision == row.contender.precision)
      return fmt::format("{:.2f} {:>6.2f}", each.ratio, row.min_ms / report.rows[0].min_ms);
  }
  return "";
}

}  // namespace

std::string bench_table(const BenchReport& report) {
  std::string text = machine_lines(report);
  text += fmt::format(
      "{}: batch {}, {} thread{}, {:.3f} GMAC an image, file {} bytes, "
      "activations {} bytes\n\n",
      report.what.model, report.what.batch, report.what.threads,
      report.what.threads == 1 ? "" : "s",
      static_cast<double>(report.what.macs) / static_cast<double>(report.what.batch) * 1e-9,
      report.file_bytes, report.activation_bytes);
  text += fmt::format("{:<22} {:>10} {:>10} {:>8} {:>9} {:>7} {:>11} {:>15} {:>13}\n", "engine",
                      "median ms", "least ms", "spread", "GMAC/s", "peak", "start-up ms",
                      "samples (less)", "ratio  least");
  for (const BenchRow& row : report.rows) {
    text += fmt::format(
        "{:<22} {:>10.3f} {:>10.3f} {:>7.1f}% {:>9.1f} {:>6.1f}% {:>11.1f} {:>15} {:>13}\n",
        row.contender.engine + " " + row.contender.precision, row.median_ms, row.min_ms,
        100.0 * row.spread, row.gmacs, 100.0 * row.peak_share, row.startup_ms,
        fmt::format("{}{} ({})", row.samples, row.quiet ? "" : "!", row.discarded),
        ratio_cell(report, row));
  }
  for (const std::string& each : report.problems) text += fmt::format("not measured: {}\n", each);
  if (!report.ratios.empty()) {
    text +=
        "ratio: their median over ours, and their least time over ours; above 1 we are faster\n";
  }
  if (std::ranges::any_of(report.rows, [](const BenchRow& row) { return !row.quiet; }))
    text += "!: others ran on the cores almost all the time, so disturbed samples count too\n";
  return text;
}

std::string layer_table(const BenchReport& report) {
  double total = 0.0;
  for (const BenchLayer& each : report.layers) total += each.time.median_ms;
  std::string text =
      fmt::format("{:<40} {:<24} {:>9} {:>9} {:>7} {:>6} {:>8} {:>7} {:>10}\n", "layer", "step",
                  "median ms", "least ms", "spread", "time", "GMAC/s", "peak", "bytes");
  for (const BenchLayer& each : report.layers) {
    const bool works = each.work.macs > 0;
    text += fmt::format(
        "{:<40} {:<24} {:>9.4f} {:>9.4f} {:>6.1f}% {:>5.1f}% {:>8} {:>7} {:>10}\n", each.work.name,
        each.work.kind, each.time.median_ms, each.time.min_ms, 100.0 * each.time.spread,
        100.0 * each.time.median_ms / total, works ? fmt::format("{:.1f}", each.gmacs) : "",
        works ? fmt::format("{:.1f}%", 100.0 * each.peak_share) : "", each.work.bytes);
  }
  text += fmt::format("{} steps, {:.3f} ms{}\n", report.layers.size(), total,
                      report.layers_quiet ? "" : " (others ran on the cores)");
  return text;
}

}  // namespace vernier
