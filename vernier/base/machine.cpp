#include "vernier/base/machine.h"

#include <array>
#include <fstream>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <sys/resource.h>

namespace vernier {
namespace {

using Fields = std::map<std::string, std::string>;

// "key : value" up to the first empty line.
Fields first_fields(std::istream& info) {
  Fields fields;
  for (std::string line; std::getline(info, line) && !line.empty();) {
    const std::size_t colon = line.find(':');
    const std::size_t end = line.find_last_not_of(" \t", colon - 1);
    if (colon == std::string::npos || colon + 2 > line.size()) continue;
    fields.emplace(line.substr(0, end + 1), line.substr(colon + 2));
  }
  return fields;
}

// Where both are there: those of x86-64, those of aarch64.
struct Kind {
  const char* maker;
  const char* number;
  const char* maker_word;
  const char* number_word;
};
constexpr std::array kinds = {Kind{"cpu family", "model", "family", "model"},
                              Kind{"CPU implementer", "CPU part", "implementer", "part"}};

}  // namespace

std::string cpu_name(std::istream& info) {
  const Fields fields = first_fields(info);
  std::string name = "unknown";
  for (const char* key : {"Processor", "model name"}) {
    if (fields.contains(key)) name = fields.at(key);
  }
  for (const Kind& kind : kinds) {
    if (!fields.contains(kind.maker) || !fields.contains(kind.number)) continue;
    name += fmt::format(" ({} {}, {} {})", kind.maker_word, fields.at(kind.maker), kind.number_word,
                        fields.at(kind.number));
  }
  return name;
}

std::string cpu_name() {
  std::ifstream info("/proc/cpuinfo");
  return cpu_name(info);
}

std::int64_t peak_rss_bytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss * 1024;
}

}  // namespace vernier
