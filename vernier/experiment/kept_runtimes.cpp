// metrics.json keeps what other runtimes gave of the same network on the same images: each
// `test --runtime` adds one.

#include <algorithm>
#include <array>
#include <set>

#include <nlohmann/json.hpp>

#include "vernier/experiment/run_folder.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

bool is_of_same_run(const Json& earlier, const Json& json) {
  constexpr std::array identity = {"/model/sha256", "/config_sha256", "/validation/sha256"};
  return std::ranges::all_of(identity, [&](const char* path) {
    const Json::json_pointer pointer(path);
    return earlier.contains(pointer) && earlier.at(pointer) == json.at(pointer);
  });
}

/// Runtimes that only the earlier file has.
std::set<std::string> kept_names(const Json& earlier, const Json& json) {
  std::set<std::string> names;
  for (const auto& [name, count] : earlier.at("integer_layers").items())
    if (!json.at("integer_layers").contains(name)) names.insert(name);
  return names;
}

/// The rows of a list whose `field` is one of the names.
void keep_rows(Json& json, const Json& earlier, const std::string& field,
               const std::set<std::string>& names) {
  for (const Json& row : earlier)
    if (names.contains(row.at(field).get<std::string>())) json.push_back(row);
}

}  // namespace

std::string with_kept_runtimes(const std::string& metrics, const std::string& earlier_metrics) {
  Json json = Json::parse(metrics);
  try {
    const Json earlier = Json::parse(earlier_metrics);
    if (!is_of_same_run(earlier, json)) return metrics;
    const std::set<std::string> names = kept_names(earlier, json);
    keep_rows(json.at("results"), earlier.at("results"), "reading", names);
    keep_rows(json.at("agreement"), earlier.at("agreement"), "reading", names);
    keep_rows(json.at("parity"), earlier.at("parity"), "right", names);
    keep_rows(json.at("runtimes"), earlier.at("runtimes"), "name", names);
    for (const std::string& name : names)
      json.at("integer_layers")[name] = earlier.at("integer_layers").at(name);
  } catch (const Json::exception&) {
    return metrics;  // not a file that we have written: there is nothing to keep
  }
  return json.dump(1) + "\n";
}

}  // namespace vernier
