#pragma once

#include "vernier/experiment/pipeline.h"

namespace vernier {

/// The name that stands for every built-in profile.
inline constexpr std::string_view all_profiles = "all";

/// run_ptq for every built-in profile, each in the folder of its name beneath `options.folder`,
/// with statistics from one pass over the data. Evaluates float and deployed, and ends with a table
/// of all profiles, with MQBench's hardware gap (to `academic`) and hardware robustness (the mean
/// over the others); Li et al., NeurIPS 2021, section 4.
RunOutcome run_all_profiles(const Experiment& experiment, const RunOptions& options,
                            const RunLog& log);

}  // namespace vernier
