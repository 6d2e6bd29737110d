#include "vernier/experiment/far_from_float.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

constexpr std::size_t most_blamed = 3;

double agreement(const Evaluation& evaluation, const ReadingResult& result) {
  return 1.0 -
         static_cast<double>(result.differing_predictions) / static_cast<double>(evaluation.images);
}

const ReadingResult* deployed_if_any(const Evaluation& evaluation) {
  const auto found =
      std::ranges::find(evaluation.results, Reading::deployed, &ReadingResult::reading);
  return found == evaluation.results.end() ? nullptr : &*found;
}

}  // namespace

bool is_far_from_float(const Evaluation& evaluation) {
  const ReadingResult* deployed = deployed_if_any(evaluation);
  return deployed != nullptr && (sqnr_db(deployed->against_float) < least_sqnr_db ||
                                 agreement(evaluation, *deployed) < least_agreement);
}

std::string far_warning(const Evaluation& evaluation, const NetworkTruth& truth) {
  const ReadingResult* deployed = deployed_if_any(evaluation);
  VERNIER_CHECK(deployed != nullptr);
  std::string text = fmt::format(
      "WARNING: the deployed network is far from the float one: SQNR {:.1f} dB, {:.1f} % of the "
      "predictions agree (expected at least {:.0f} dB and {:.0f} %)\nto blame, by the SQNR that is "
      "lost from operand to result:\n",
      sqnr_db(deployed->against_float), 100.0 * agreement(evaluation, *deployed), least_sqnr_db,
      100.0 * least_agreement);
  for (const LayerTruth& each : most_to_blame(truth, most_blamed)) {
    text += fmt::format(
        "  {} ({}): {:.1f} dB lost, {:.1f} dB left; {:.1f} dB if only it is quantized\n", each.node,
        each.type, each.drop_db, sqnr_db(each.up_to), sqnr_db(each.alone));
  }
  return text +
         "more bits for them (`layers:` in the configuration), another calibrator or a finer "
         "granularity may help; `vernier inspect RUN` shows every layer\n";
}

}  // namespace vernier
