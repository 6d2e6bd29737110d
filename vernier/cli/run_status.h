#pragma once

#include <string_view>

#include "vernier/cli/options.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

/// --allow-leak, for the commands that evaluate.
Option allow_leak_option(bool& allowed);

/// --as READING, for the commands that evaluate; what it took goes through readings_of.
Option readings_option(std::vector<std::string>& names);
/// Those that `names` name; `otherwise` where there is none. An Error names what is no reading.
std::vector<Reading> readings_of(const std::vector<std::string>& names,
                                 const std::vector<Reading>& otherwise);

/// What a finished run is to the shell. A leak comes first: it makes every figure worthless.
int run_status(const RunOutcome& outcome, bool leak_allowed);

}  // namespace vernier
