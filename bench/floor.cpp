// The least that calibration can cost: images are decoded and run through the float network, and
// nobody looks at what comes out. To be compared with `vernier ptq` on the same configuration.
//
//   bench_floor CONFIG.yaml [KEY.PATH=VALUE ...]

#include <optional>
#include <string>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/calib/batches.h"
#include "vernier/compute/session.h"
#include "vernier/experiment/prepare_run.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

void run(const std::vector<std::string>& arguments) {
  Experiment experiment;
  apply_file(experiment, arguments[0]);
  for (std::size_t i = 1; i < arguments.size(); ++i) apply_setting(experiment, arguments[i]);
  if (!experiment.calibration) fail("{}: no calibration set is named", arguments[0]);
  const Graph graph = canonical(import_runnable(experiment));
  const Dataset images = open_dataset(dataset_options(*experiment.calibration, experiment));
  const std::int64_t batch = natural_batch(graph);
  std::vector<std::optional<Session>> sessions(static_cast<std::size_t>(thread_count()));
  for_each_batch(images, {.batch = batch}, [&](const Batch& loaded, int worker) {
    auto& session = sessions[static_cast<std::size_t>(worker)];
    if (!session) session.emplace(graph, SessionOptions{.batch = batch});
    session->run({&loaded.inputs, 1});
  });
  fmt::print("{} images\n", images.size());
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_floor CONFIG.yaml [KEY.PATH=VALUE ...]\n");
    return 2;
  }
  try {
    vernier::run({argv + 1, argv + argc});
  } catch (const vernier::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
