#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>

namespace vernier {

/// The processor as the system calls it, with the numbers that tell its kind: virtual machines
/// often have no more than "AMD EPYC".
std::string cpu_name();

/// The same from the text of /proc/cpuinfo, of its first processor.
std::string cpu_name(std::istream& info);

/// Most memory that this process has held so far.
std::int64_t peak_rss_bytes();

}  // namespace vernier
