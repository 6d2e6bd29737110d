// What statistics cost: one pass of collect() against the bare float forward passes over the same
// images in the same sessions, in turn. Images are random and made beforehand, so that no file is
// read.
//
//   bench_calibration MODEL.onnx [IMAGES] [ROUNDS]

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <ctime>
#include <optional>

#include <fmt/format.h>
#include <sys/resource.h>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/calib/batches.h"
#include "vernier/calib/collect.h"
#include "vernier/compute/session.h"
#include "vernier/import/import.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

/// `count` times the same random tensor: memory does not grow with the number of images.
Dataset random_images(const Shape& input, std::int64_t count) {
  static Tensor image;
  Shape shape(input.begin() + 1, input.end());
  image = Tensor(DType::f32, shape);
  Random random(1);
  for (float& value : image.edit<float>()) value = static_cast<float>(random.normal());
  Source source;
  source.entries.resize(static_cast<std::size_t>(count));
  source.read = [](const Source&, std::int64_t) -> Content { return image; };
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < count; ++i) order.push_back(i);
  return {std::move(source), std::move(order), {}};
}

void forward_only(const Graph& graph, const Dataset& dataset) {
  const std::int64_t batch = natural_batch(graph);
  std::vector<std::optional<Session>> sessions(static_cast<std::size_t>(thread_count()));
  for_each_batch(dataset, {.batch = batch}, [&](const Batch& images, int worker) {
    auto& session = sessions[static_cast<std::size_t>(worker)];
    if (!session) session.emplace(graph, SessionOptions{.batch = batch});
    session->run({&images.inputs, 1});
  });
}

/// By the clock, and on processors: beside other programs the second is what counts.
struct Seconds {
  double clock = 0.0;
  double processor = 0.0;
};

template <typename Body>
Seconds seconds(const Body& body) {
  const auto begin = std::chrono::steady_clock::now();
  const std::clock_t ticks = std::clock();
  body();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(),
          static_cast<double>(std::clock() - ticks) / CLOCKS_PER_SEC};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

double peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;
}

void run(const std::string& model, std::int64_t count, int rounds) {
  const Graph graph = canonical(import_model(model));
  const Dataset dataset = random_images(graph[graph.inputs[0]].shape, count);
  std::vector<double> bare;
  std::vector<double> collected;
  std::vector<double> ratios;
  std::vector<double> processor_ratios;
  for (int round = 0; round < rounds; ++round) {
    const Seconds without = seconds([&] { forward_only(graph, dataset); });
    const Seconds with = seconds([&] { collect(graph, dataset); });
    bare.push_back(without.clock);
    collected.push_back(with.clock);
    ratios.push_back(with.clock / without.clock);
    processor_ratios.push_back(with.processor / without.processor);
  }
  fmt::print(
      "{}: {} images, {} threads: forward {:.3f} s, collect {:.3f} s, ratio {:.2f}, of "
      "processor time {:.2f} (medians of {}), peak {:.0f} MB\n",
      model, count, thread_count(), median(bare), median(collected), median(ratios),
      median(processor_ratios), rounds, peak_megabytes());
}

}  // namespace
}  // namespace vernier

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: bench_calibration MODEL.onnx [IMAGES] [ROUNDS]\n");
    return 2;
  }
  try {
    vernier::run(argv[1], argc > 2 ? std::atol(argv[2]) : 128, argc > 3 ? std::atoi(argv[3]) : 5);
  } catch (const vernier::Error& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
  return 0;
}
