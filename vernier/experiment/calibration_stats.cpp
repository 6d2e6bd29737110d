#include "vernier/experiment/calibration_stats.h"

#include "vernier/base/files.h"
#include "vernier/base/hash.h"
#include "vernier/calib/collect.h"
#include "vernier/experiment/leak_guard.h"

namespace vernier {
namespace {

/// Names what statistics see: the samples and how they are prepared.
std::string data_sha256(const Dataset& dataset, const DatasetOptions& options) {
  const std::string text = identify(dataset).sha256 + '\n' + to_yaml(options.preprocess);
  return sha256(std::as_bytes(std::span(text)));
}

/// Statistics in the file of this graph and these images or the first of them; else none.
Stats usable(const Graph& graph, const Dataset& calibration, const DatasetOptions& options,
             const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  Stats stats = load_stats(file);
  const std::int64_t images = images_seen(stats);
  const bool belongs = stats.model_sha256 == graph_sha256(graph) && images > 0 &&
                       images <= calibration.size() &&
                       stats.data_sha256 == data_sha256(calibration.first(images), options);
  return belongs ? stats : Stats{};
}

}  // namespace

Stats calibration_stats(const Graph& graph, const Dataset& calibration,
                        const DatasetOptions& options, const StatsFile& file, const RunLog& log) {
  CollectOptions collecting = {.before = usable(graph, calibration, options, file.path),
                               .period = file.period,
                               .outputs = file.outputs};
  const std::int64_t images = images_seen(collecting.before);
  if (images > 0) {
    const std::string which =
        images < calibration.size() ? fmt::format("the first {} images ", images) : std::string();
    log.line(fmt::format("statistics: {}taken from {}", which, file.path.string()));
  }
  if (images == calibration.size()) return collecting.before;
  const auto write = [&](Stats stats) {
    stats.data_sha256 = data_sha256(calibration.first(images_seen(stats)), options);
    write_file(file.path, to_bytes(stats));
    return stats;
  };
  collecting.keep = write;
  collecting.progress = log.progress("statistics");
  return write(collect(graph, calibration, collecting));
}

}  // namespace vernier
