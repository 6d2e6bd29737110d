#pragma once

#include <cstdint>
#include <functional>

namespace vernier {

/// Told now and then how much of a long step is done. The library never prints; the command line
/// draws. Calls come from one thread at a time.
using Progress = std::function<void(std::int64_t done, std::int64_t total)>;

}  // namespace vernier
