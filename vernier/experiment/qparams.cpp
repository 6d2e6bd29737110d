// qparams.json: what calibration decided, readable and complete, so that `vernier test` builds the
// same network again.

#include <nlohmann/json.hpp>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/experiment/run_folder.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

constexpr int schema = 1;

Json point_json(const QuantGraph& model, ValueId id, const QuantPoint& point) {
  Json scales = Json::array();
  Json zero_points = Json::array();
  for (const QuantParams& params : point.params) {
    scales.push_back(params.scale);
    zero_points.push_back(params.zero_point);
  }
  return {{"value", model.graph[id].name},
          {"range", {point.spec.range.lo, point.spec.range.hi}},
          {"symmetric", point.spec.symmetric},
          {"rounding", enum_name(point.spec.rounding)},
          {"granularity", enum_name(point.spec.granularity)},
          {"scale", scales},
          {"zero_point", zero_points}};
}

void read_point(QuantPoint& point, const Json& json) {
  point.spec.range = {json.at("range").at(0).get<std::int32_t>(),
                      json.at("range").at(1).get<std::int32_t>()};
  point.spec.adaptive_sign = false;
  const auto scales = json.at("scale").get<std::vector<float>>();
  const auto zero_points = json.at("zero_point").get<std::vector<std::int32_t>>();
  if (scales.size() != zero_points.size() || scales.empty()) {
    fail("{} scales and {} zero points, expected as many of each", scales.size(),
         zero_points.size());
  }
  point.params.clear();
  for (std::size_t i = 0; i < scales.size(); ++i)
    point.params.push_back({scales[i], zero_points[i]});
}

void read_points(QuantGraph& model, const Json& json) {
  if (json.at("schema") != schema)
    fail("schema {}, this program reads {}", json.at("schema").dump(), schema);
  const Json& points = json.at("points");
  if (points.size() != model.points.size()) {
    fail("{} points, the graph has {}: it belongs to another model or profile", points.size(),
         model.points.size());
  }
  for (const Json& each : points) {
    const auto name = each.at("value").get<std::string>();
    const auto found = model.points.find(find_value(model.graph, name));
    if (found == model.points.end())
      fail("value '{}' is no quantization point of this graph", name);
    read_point(found->second, each);
  }
  verify(model);
}

}  // namespace

std::string qparams_json(const QuantGraph& model) {
  Json points = Json::array();
  for (const auto& [id, point] : model.points) points.push_back(point_json(model, id, point));
  return Json{{"schema", schema}, {"points", points}}.dump(1) + "\n";
}

QuantGraph with_qparams(QuantGraph model, const std::filesystem::path& path) {
  const std::string text = read_text(path);
  try {
    read_points(model, Json::parse(text));
  } catch (const Json::exception& error) {
    fail("{}: damaged: {}; quantize again", path.string(), error.what());
  } catch (const Error& error) {
    fail("{}: {}; quantize again", path.string(), error.what());
  }
  return model;
}

}  // namespace vernier
