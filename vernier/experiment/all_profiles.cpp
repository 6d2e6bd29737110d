#include "vernier/experiment/all_profiles.h"

#include <algorithm>

#include "vernier/base/error.h"

namespace vernier {
namespace {

constexpr std::string_view ideal = "academic";

struct ProfileResult {
  std::string_view profile;
  std::int64_t images = 0;
  ReadingResult deployed;

  /// By the metric; without labels, the share of predictions that float makes too.
  double accuracy() const {
    return 100.0 * (deployed.accuracy ? deployed.accuracy->value()
                                      : 1.0 - static_cast<double>(deployed.differing_predictions) /
                                                  static_cast<double>(images));
  }
};

ProfileResult result_of(std::string_view profile, const Evaluation& evaluation) {
  return {profile, evaluation.images,
          *std::ranges::find(evaluation.results, Reading::deployed, &ReadingResult::reading)};
}

std::string table_of(const std::vector<ProfileResult>& results) {
  const auto academic = std::ranges::find(results, ideal, &ProfileResult::profile);
  VERNIER_CHECK(academic != results.end());
  std::string text = fmt::format("{:<12} {:>10} {:>8} {:>8} {:>8}\n", "profile", "deployed %",
                                 "gap", "differ", "SQNR dB");
  double sum = 0.0;
  for (const ProfileResult& each : results) {
    if (each.profile != ideal) sum += each.accuracy();
    text += fmt::format("{:<12} {:>10.2f} {:>+8.2f} {:>8} {:>8.1f}\n", each.profile,
                        each.accuracy(), each.accuracy() - academic->accuracy(),
                        each.deployed.differing_predictions, sqnr_db(each.deployed.against_float));
  }
  const double mean = sum / static_cast<double>(results.size() - 1);
  return text +
         fmt::format("{:<12} {:>10.2f}  (hardware robustness: all but {})\n", "mean", mean, ideal);
}

}  // namespace

RunOutcome run_all_profiles(const Experiment& experiment, const RunOptions& options,
                            const RunLog& log) {
  if (!experiment.validation) fail("--profile all compares on a validation set; give --val DIR");
  if (std::ranges::count(options.readings, Reading::deployed) == 0)
    fail("--profile all compares what is deployed; say --as deployed too");
  RunOptions each = options;
  CommonWork common = {.statistics = options.folder / "stats.bin"};
  each.common = &common;
  RunOutcome outcome;
  std::vector<ProfileResult> results;
  std::filesystem::create_directories(options.folder);
  for (const Profile& profile : profiles()) {
    log.line(fmt::format("== {}: {}", profile.name, profile.help));
    each.folder = options.folder / profile.name;
    Experiment one = experiment;
    one.profile = profile.name;
    const RunOutcome found = run_ptq(one, each, log);
    outcome.leaked_images = found.leaked_images;
    outcome.far_from_float = outcome.far_from_float || found.far_from_float;
    results.push_back(result_of(profile.name, *found.evaluation));
  }
  log.line(table_of(results));
  return outcome;
}

}  // namespace vernier
