// What `examine` found, as tables and as JSON.

#include <cmath>
#include <set>

#include <nlohmann/json.hpp>

#include "vernier/base/error.h"
#include "vernier/calib/calibrator.h"
#include "vernier/experiment/examine.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

std::string decibel_text(double value) {
  return std::isfinite(value) ? fmt::format("{:.1f}", value) : "equal";
}

/// JSON knows no infinity.
Json decibel_json(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0.0 : static_cast<double>(part) / static_cast<double>(whole);
}

std::string layer_table(const NetworkTruth& truth) {
  std::string text =
      fmt::format("{:<40} {:<18} {:>9} {:>9} {:>9}\n", "layer, SQNR dB at its output", "operator",
                  "alone", "up to it", "drop");
  for (const LayerTruth& each : truth.layers) {
    text += fmt::format("{:<40} {:<18} {:>9} {:>9} {:>9.1f}\n", each.node, each.type,
                        decibel_text(sqnr_db(each.alone)), decibel_text(sqnr_db(each.up_to)),
                        each.drop_db);
  }
  return text;
}

std::string point_truth_table(const NetworkTruth& truth) {
  std::string text = fmt::format("{:<40} {:>9} {:>9} {:>10} {:>15}  {}\n", "quantization point",
                                 "SQNR dB", "cosine", "clipped %", "used codes", "calibrator");
  for (const PointTruth& each : truth.points) {
    text += fmt::format("{:<40} {:>9} {:>9.6f} {:>10.4f} {:>15}  {}\n", each.value,
                        decibel_text(sqnr_db(each.kept)), cosine(each.kept),
                        100.0 * share(each.clipped, each.kept.count),
                        fmt::format("{} of {}", each.used_codes, each.codes), each.calibrator);
  }
  return text;
}

/// What the calibrators that were chosen do, a line each.
std::string calibrator_lines(const NetworkTruth& truth) {
  std::set<std::string> names;
  for (const PointTruth& each : truth.points) names.insert(each.calibrator);
  std::string text;
  for (const Calibrator& each : calibrators()) {
    if (names.contains(std::string(each.name)))
      text += fmt::format("{}: {}\n", each.name, each.help);
  }
  return text;
}

std::string shared_lines(const NetworkTruth& truth) {
  std::string text;
  for (const SharedScale& each : truth.shared) {
    text += fmt::format(
        "'{}' shares one scale among ranges that differ {:.0f} times: '{}' loses {:.1f} dB\n",
        each.node, each.ratio, each.value, each.loss_db);
  }
  return text;
}

Json layers_json(const NetworkTruth& truth) {
  Json layers = Json::array();
  for (const LayerTruth& each : truth.layers) {
    layers.push_back({{"node", each.node},
                      {"operator", each.type},
                      {"alone_sqnr_db", decibel_json(sqnr_db(each.alone))},
                      {"alone_cosine", cosine(each.alone)},
                      {"up_to_sqnr_db", decibel_json(sqnr_db(each.up_to))},
                      {"up_to_cosine", cosine(each.up_to)},
                      {"drop_db", each.drop_db}});
  }
  return layers;
}

Json points_json(const NetworkTruth& truth) {
  Json points = Json::array();
  for (const PointTruth& each : truth.points) {
    points.push_back({{"value", each.value},
                      {"sqnr_db", decibel_json(sqnr_db(each.kept))},
                      {"cosine", cosine(each.kept)},
                      {"clipped", share(each.clipped, each.kept.count)},
                      {"used_codes", each.used_codes},
                      {"codes", each.codes},
                      {"calibrator", each.calibrator}});
  }
  return points;
}

Json shared_json(const NetworkTruth& truth) {
  Json shared = Json::array();
  for (const SharedScale& each : truth.shared) {
    shared.push_back({{"node", each.node},
                      {"value", each.value},
                      {"ratio", each.ratio},
                      {"loss_db", each.loss_db}});
  }
  return shared;
}

}  // namespace

std::string truth_table(const NetworkTruth& truth) {
  return fmt::format("{} images, the worst first\n\n{}\n{}{}{}{}", truth.images, layer_table(truth),
                     point_truth_table(truth), calibrator_lines(truth),
                     truth.shared.empty() ? "" : "\n", shared_lines(truth));
}

std::string truth_json(const NetworkTruth& truth) {
  const Json json = {{"schema", 1},
                     {"images", truth.images},
                     {"layers", layers_json(truth)},
                     {"points", points_json(truth)},
                     {"shared_scales", shared_json(truth)}};
  return json.dump(1) + "\n";
}

}  // namespace vernier
