#pragma once

#include <filesystem>
#include <memory>

#include "vernier/experiment/pipeline.h"

namespace vernier {

/// A RunLog that prints lines to the standard output and to `folder`/log.txt (from the moment that
/// the folder exists), and draws progress with an estimate of the time left: one moving line on a
/// terminal, a plain line now and then elsewhere.
RunLog console_log(const std::filesystem::path& folder);

}  // namespace vernier
