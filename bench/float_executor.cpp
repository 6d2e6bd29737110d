// Times the float executor on ResNet-18 and, in the same rounds, oneDNN's own primitives. One line
// of JSON; see README.md.

#include <algorithm>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include "vernier/compute/session.h"
#include "vernier/export/onnx.h"

#include "bench/now_ms.h"
#include "bench/onednn_alone.h"
#include "bench/resnet18.h"

namespace vernier {
namespace {

struct Options {
  std::int64_t batch = 8;
  int threads = 1;
  int rounds = 15;
  std::string onnx;
};

double run_ms(Session& session, const Tensor& input, int threads) {
  const double start = now_ms(threads);
  session.run({&input, 1});
  return now_ms(threads) - start;
}

void measure(const Graph& graph, const Options& options) {
  Session session(graph, {.batch = options.batch, .threads = options.threads});
  OnednnAlone alone(graph, options.batch, options.threads);
  const Tensor input(DType::f32, {options.batch, 3, 224, 224});
  run_ms(session, input, options.threads);
  std::vector<double> times;
  for (int round = 0; round < options.rounds; ++round) {
    times.push_back(run_ms(session, input, options.threads));
    alone.measure();
  }
  const double least = std::ranges::min(times);
  fmt::print(
      R"({{"batch": {}, "threads": {}, "session_ms": [{:.2f}], "onednn_alone_ms": {:.2f}, "ratio": {:.3f}}})"
      "\n",
      options.batch, options.threads, fmt::join(times, ", "), alone.milliseconds(),
      least / alone.milliseconds());
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  vernier::Options options;
  CLI::App app("Times the float executor against oneDNN's own primitives");
  app.add_option("--batch", options.batch, "images at once")->check(CLI::PositiveNumber);
  app.add_option("--threads", options.threads, "threads")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "runs of each")->check(CLI::PositiveNumber);
  app.add_option("--write-onnx", options.onnx, "write the network for other runtimes, and end");
  CLI11_PARSE(app, argc, argv);
  const vernier::Graph graph = vernier::resnet18();
  if (options.onnx.empty()) {
    vernier::measure(graph, options);
  } else {
    vernier::export_onnx(graph, options.onnx);
  }
  return 0;
}
