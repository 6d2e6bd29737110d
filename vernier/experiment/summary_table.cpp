// The table that a run ends with: one line a reading.

#include <cmath>

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
  return reading == Reading::deployed ? facts.plan_bytes
         : reading == Reading::exact  ? facts.weight_bytes
                                      : facts.float_bytes;
}

}  // namespace

std::string summary_table(const RunFacts& facts, const Evaluation& evaluation,
                          const std::string& metric) {
  std::string text = fmt::format("{:<10} {:>21} {:>20} {:>8} {:>12} {:>9}\n", "reading",
                                 metric + " %, 95 %", "as float %", "SQNR dB", "bytes", "ms/image");
  for (const ReadingResult& result : evaluation.results) {
    text += fmt::format("{:<10} {:>21} {:>20} {:>8} {:>12} {:>9.3f}\n", enum_name(result.reading),
                        accuracy_cell(result), agreement_cell(result, evaluation.images),
                        decibel_cell(result), grouped(bytes_of(facts, result.reading)),
                        1e3 * result.seconds / static_cast<double>(evaluation.images));
  }
  for (const ParityResult& each : evaluation.parity) {
    text += fmt::format(
        "{} against {}: {} of {} outputs differ, by {:.2g} steps at most; {} predictions differ\n",
        enum_name(each.left), enum_name(each.right), grouped(each.differing_outputs),
        grouped(each.outputs), each.largest_difference_steps, grouped(each.differing_predictions));
  }
  if (facts.leaked_images > 0) {
    text += fmt::format("LEAK: {} images of the validation set were seen in calibration\n",
                        facts.leaked_images);
  }
  return text;
}

}  // namespace vernier
