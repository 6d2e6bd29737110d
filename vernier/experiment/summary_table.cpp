// The table that a run ends with: one line a reading.

#include <algorithm>
#include <cmath>
#include <span>

#include "vernier/experiment/run_folder.h"

namespace vernier {
namespace {

/// 1089536 -> "1,089,536"
std::string grouped(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto place = static_cast<std::ptrdiff_t>(digits.size()) - 3; place > 0; place -= 3) {
    digits.insert(static_cast<std::size_t>(place), ",");
  }
  return digits;
}

std::string accuracy_cell(const ReadingResult& result) {
  if (!result.accuracy) return "-";
  return fmt::format("{:.2f} ({:.2f}-{:.2f})", 100.0 * result.accuracy->value(),
                     100.0 * result.accuracy->low(), 100.0 * result.accuracy->high());
}

std::string agreement_cell(const ReadingResult& result, std::int64_t images) {
  if (result.reading == Reading::floating) return "-";
  return fmt::format("{:.2f} ({} differ)",
                     100.0 * static_cast<double>(images - result.differing_predictions) /
                         static_cast<double>(images),
                     grouped(result.differing_predictions));
}

std::string decibel_cell(const ReadingResult& result) {
  if (result.reading == Reading::floating) return "-";
  const double value = sqnr_db(result.against_float);
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "equal";
}

std::int64_t bytes_of(const RunFacts& facts, Reading reading) {
  return reading == Reading::runtime    ? facts.runtime_bytes
         : reading == Reading::deployed ? facts.plan_bytes
         : reading == Reading::exact    ? facts.weight_bytes
                                        : facts.float_bytes;
}

/// The first ones, and how many more there are.
std::string listed(std::span<const std::string> names) {
  constexpr std::size_t most_names = 8;
  const std::size_t shown = std::min(names.size(), most_names);
  const std::size_t more = names.size() - shown;
  return fmt::format("{}{}", fmt::join(names.first(shown), ", "),
                     more == 0 ? "" : fmt::format(" and {} more", more));
}

/// How much of a runtime's graph computes in integers, and what does not.
std::string runtime_lines(const RuntimeReport& runtime) {
  std::string text = fmt::format("{} {}: {} of {} layers in integers\n", runtime.name,
                                 runtime.version, integer_count(runtime), runtime.layers.size());
  // By type and reason, in the order in which these come first.
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;
  for (const RuntimeNode& each : float_nodes(runtime)) {
    const std::string why =
        fmt::format(" ({}){}", each.type, each.reason.empty() ? "" : ": " + each.reason);
    auto group = std::ranges::find(groups, why, [](const auto& known) { return known.first; });
    if (group == groups.end()) group = groups.insert(groups.end(), {why, {}});
    group->second.push_back(each.name);
  }
  for (const auto& [why, names] : groups)
    text += fmt::format("  in float: {}{}\n", listed(names), why);
  return text;
}

/// Two readings in floats always differ in some bits; two in integers must not differ in any.
std::string parity_line(const Evaluation& evaluation, const ParityResult& parity) {
  const std::string pair = fmt::format("{} against {}", reading_name(evaluation, parity.left),
                                       reading_name(evaluation, parity.right));
  const std::string predictions =
      fmt::format("{} predictions differ", grouped(parity.differing_predictions));
  if (parity.left == Reading::simulated) {
    return fmt::format("{}: {}; outputs by {:.2g} steps at most\n", pair, predictions,
                       parity.largest_difference_steps);
  }
  std::string line = fmt::format("{}: {} of {} outputs differ", pair,
                                 grouped(parity.differing_outputs), grouped(parity.outputs));
  if (parity.differing_outputs > 0)
    line += fmt::format(", by {:.2g} steps at most", parity.largest_difference_steps);
  return line + fmt::format("; {}\n", predictions);
}

std::string leak_lines(const LeakReport& leaks) {
  if (leaks.images == 0) return "";
  std::string text =
      fmt::format("LEAK {} images: calibration saw them too, so these figures prove nothing\n",
                  grouped(leaks.images));
  for (const auto& [calibration, validation, equal] : leaks.first) {
    text += fmt::format("  {} {} {}\n", validation, equal ? "equals" : "is a copy of", calibration);
  }
  if (leaks.images > static_cast<std::int64_t>(leaks.first.size())) text += "  ...\n";
  return text;
}

}  // namespace

std::string summary_table(const RunFacts& facts, const Evaluation& evaluation,
                          const std::string& metric) {
  std::string text = fmt::format("{:<11} {:>21} {:>20} {:>8} {:>12} {:>9}\n", "reading",
                                 metric + " %, 95 %", "as float %", "SQNR dB", "bytes", "ms/image");
  for (const ReadingResult& result : evaluation.results) {
    text += fmt::format("{:<11} {:>21} {:>20} {:>8} {:>12} {:>9.3f}\n",
                        reading_name(evaluation, result.reading), accuracy_cell(result),
                        agreement_cell(result, evaluation.images), decibel_cell(result),
                        grouped(bytes_of(facts, result.reading)),
                        1e3 * result.seconds / static_cast<double>(evaluation.images));
  }
  for (const ParityResult& each : evaluation.parity) text += parity_line(evaluation, each);
  if (evaluation.runtime) text += runtime_lines(*evaluation.runtime);
  text += leak_lines(facts.leaks);
  return text;
}

}  // namespace vernier
