#include "vernier/experiment/calibration_stats.h"

#include "vernier/base/files.h"
#include "vernier/base/hash.h"
#include "vernier/calib/collect.h"
#include "vernier/experiment/leak_guard.h"

namespace vernier {
namespace {

/// Names what statistics see: the samples and how they are prepared.
std::string data_sha256(const SetIdentity& identity, const DatasetOptions& options) {
  const std::string text = identity.sha256 + '\n' + to_yaml(options.preprocess);
  return sha256(std::as_bytes(std::span(text)));
}

}  // namespace

Stats calibration_stats(const Graph& graph, const Dataset& calibration,
                        const DatasetOptions& options, const std::filesystem::path& file,
                        const RunLog& log) {
  if (std::filesystem::exists(file)) {
    Stats stats = load_stats(file);
    if (stats.model_sha256 == graph_sha256(graph) &&
        stats.data_sha256 == data_sha256(identify(calibration), options)) {
      log.line(fmt::format("statistics: taken from {}", file.string()));
      return stats;
    }
  }
  Stats stats = collect(graph, calibration, log.progress("statistics"));
  stats.data_sha256 = data_sha256(identify(calibration), options);
  write_file(file, to_bytes(stats));
  return stats;
}

}  // namespace vernier
