#include "vernier/base/machine.h"

#include <fstream>

#include <sys/resource.h>

namespace vernier {

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name") || line.starts_with("Processor"))
      return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

std::int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

}  // namespace vernier
