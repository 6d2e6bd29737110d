#include <cmath>

#include <nlohmann/json.hpp>

#include "vernier/base/error.h"
#include "vernier/latency/sample.h"

namespace vernier {

using Json = nlohmann::ordered_json;

std::string to_json(const TimeSample& sample) {
  return Json{{"version", sample.version},
              {"startup_ms", sample.startup_ms},
              {"ms", sample.ms},
              {"preemptions", sample.preemptions}}
      .dump();
}

// Libraries may print lines of their own: the last one counts.
TimeSample parse_sample(const std::string& text, std::string_view who) {
  const std::size_t end = text.find_last_not_of('\n') + 1;
  const std::size_t newline = text.find_last_of('\n', end == 0 ? 0 : end - 1);
  const std::size_t begin = newline == std::string::npos ? 0 : newline + 1;
  TimeSample sample;
  try {
    const Json json = Json::parse(text.substr(begin, end - begin));
    sample.version = json.at("version");
    sample.startup_ms = json.at("startup_ms");
    sample.ms = json.at("ms").get<std::vector<double>>();
    sample.preemptions = json.at("preemptions");
  } catch (const nlohmann::json::exception& error) {
    fail("{}: expected one line of JSON with version, startup_ms, ms, preemptions; {}", who,
         error.what());
  }
  for (const double each : sample.ms) {
    if (!std::isfinite(each) || each <= 0.0) fail("{}: a time of {} ms", who, each);
  }
  if (sample.ms.empty()) fail("{}: no times", who);
  return sample;
}

}  // namespace vernier
