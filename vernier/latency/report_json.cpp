// The contract with scripts. Fields may be added; renaming one needs a new schema.

#include <nlohmann/json.hpp>

#include "vernier/latency/report.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

Json rates(const std::vector<NamedRate>& all) {
  Json json = Json::object();
  for (const NamedRate& each : all) json[each.name] = each.gmacs;
  return json;
}

Json machine_json(const BenchMachine& machine) {
  return {{"cpu", machine.cpu},
          {"isa", machine.isa},
          {"probe_gmacs", machine.peak.gmacs},
          {"probe", machine.peak.name},
          {"probes", rates(machine.probes)},
          {"float_probe_gmacs", machine.float_peak.gmacs}};
}

Json row_json(const BenchCase& what, const BenchRow& row) {
  return {{"model", what.model},         {"engine", row.contender.engine},
          {"version", row.version},      {"precision", row.contender.precision},
          {"batch", what.batch},         {"threads", what.threads},
          {"median_ms", row.median_ms},  {"min_ms", row.min_ms},
          {"spread", row.spread},        {"startup_ms", row.startup_ms},
          {"samples", row.samples},      {"discarded", row.discarded},
          {"quiet", row.quiet},          {"gmacs", row.gmacs},
          {"peak_share", row.peak_share}};
}

Json layer_json(const BenchLayer& layer) {
  return {{"name", layer.work.name},
          {"step", layer.work.kind},
          {"median_ms", layer.time.median_ms},
          {"min_ms", layer.time.min_ms},
          {"spread", layer.time.spread},
          {"macs", layer.work.macs},
          {"gmacs", layer.gmacs},
          {"peak_share", layer.peak_share},
          {"bytes", layer.work.bytes}};
}

}  // namespace

std::string bench_json(const BenchReport& report) {
  const BenchCase& what = report.what;
  Json rows = Json::array();
  for (const BenchRow& row : report.rows) rows.push_back(row_json(what, row));
  Json ratios = Json::array();
  for (const BenchRatio& each : report.ratios) {
    ratios.push_back({{"model", what.model},
                      {"batch", what.batch},
                      {"threads", what.threads},
                      {"against", each.against.engine},
                      {"precision", each.against.precision},
                      {"ratio", each.ratio}});
  }
  Json layers = Json::array();
  for (const BenchLayer& each : report.layers) layers.push_back(layer_json(each));
  const Json json = {{"schema", 1},
                     {"machine", machine_json(report.machine)},
                     {"macs", what.macs},
                     {"file_bytes", report.file_bytes},
                     {"activation_bytes", report.activation_bytes},
                     {"rows", rows},
                     {"ratios", ratios},
                     {"problems", report.problems},
                     {"layers", layers},
                     {"layers_quiet", report.layers_quiet}};
  return json.dump(1) + "\n";
}

}  // namespace vernier
