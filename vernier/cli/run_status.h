#pragma once

#include <string_view>

#include "vernier/cli/options.h"
#include "vernier/experiment/pipeline.h"

namespace vernier {

/// --allow-leak, for the commands that evaluate.
Option allow_leak_option(bool& allowed);

/// What a finished run is to the shell. A leak comes first: it makes every figure worthless.
int run_status(const RunOutcome& outcome, bool leak_allowed);

}  // namespace vernier
