#pragma once

#include <cstdint>
#include <string>

namespace vernier {

/// The processor as the system calls it.
std::string cpu_name();

/// Most memory that this process has held so far.
std::int64_t peak_rss_bytes();

}  // namespace vernier
