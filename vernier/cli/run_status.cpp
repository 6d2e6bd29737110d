#include "vernier/cli/run_status.h"

#include <cstdio>

#include <fmt/format.h>

#include "vernier/base/error.h"

namespace vernier {

Option allow_leak_option(bool& allowed) {
  return {"--allow-leak", &allowed,
          "end with status 0 although calibration saw images of the validation set"};
}

Option readings_option(std::vector<std::string>& names) {
  return {
      "--as", &names,
      "float, simulated, exact, deployed (default: all); may be repeated; float is always there "
      "to compare with"};
}

std::vector<Reading> readings_of(const std::vector<std::string>& names,
                                 const std::vector<Reading>& otherwise) {
  std::vector<Reading> readings;
  for (const std::string& name : names) {
    const auto reading = enum_from_name<Reading>(name);
    if (!reading || *reading == Reading::runtime)
      fail("--as {}: expected one of float, simulated, exact, deployed", name);
    readings.push_back(*reading);
  }
  return readings.empty() ? otherwise : readings;
}

int run_status(const RunOutcome& outcome, bool leak_allowed) {
  if (outcome.leaked_images > 0 && !leak_allowed) {
    fmt::print(
        stderr,
        "vernier: LEAK {} images of the validation set were seen in calibration (status {}); "
        "take others, or say --allow-leak\n",
        outcome.leaked_images, status_leak);
    return status_leak;
  }
  if (outcome.far_from_float) {
    fmt::print(stderr,
               "vernier: the deployed network is far from its float form (status {}); the warning "
               "names the layers to blame\n",
               status_far);
    return status_far;
  }
  return status_done;
}

}  // namespace vernier
