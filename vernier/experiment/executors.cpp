#include "vernier/experiment/executors.h"

#include <algorithm>
#include <chrono>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/reference/exact.h"

namespace vernier {
namespace {

std::vector<Tensor> run_session(Session& session, std::size_t outputs, const Tensor& inputs,
                                const Tap& tap) {
  session.run({&inputs, 1}, tap);
  std::vector<Tensor> results;
  for (std::size_t i = 0; i < outputs; ++i) results.push_back(session.output(i));
  return results;
}

/// What a runtime gave for a batch; the last one is filled up with zeros.
std::vector<Tensor> outputs_of_batch(const RuntimeRun& run, const Batch& batch) {
  std::vector<Tensor> outputs;
  for (const Tensor& all : run.outputs) {
    Shape shape = all.shape();
    const auto row = static_cast<std::size_t>(all.size() / shape[0]);
    shape[0] = batch.inputs.shape()[0];
    Tensor& part = outputs.emplace_back(DType::f32, shape);
    const auto rows = all.view<float>().subspan(static_cast<std::size_t>(batch.first) * row,
                                                batch.labels.size() * row);
    std::ranges::copy(rows, part.edit<float>().begin());
  }
  return outputs;
}

}  // namespace

Executors::Executors(const QuantizedNetwork& network, std::span<const Reading> readings,
                     const EvaluateOptions& options)
    : network_(network), options_(options), workers_(static_cast<std::size_t>(thread_count())) {
  if (std::ranges::count(readings, Reading::simulated) != 0) simulation_ = simulate(network.model);
}

std::vector<Tensor> Executors::run(Reading reading, const Batch& batch, int number) {
  Worker& worker = workers_[static_cast<std::size_t>(number)];
  const auto begin = std::chrono::steady_clock::now();
  std::vector<Tensor> outputs = compute(reading, batch, worker);
  worker.seconds[index(reading)] +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return outputs;
}

std::vector<Tensor> Executors::compute(Reading reading, const Batch& batch, Worker& worker) {
  const Tensor& inputs = batch.inputs;
  switch (reading) {
    case Reading::floating:
      return run_float(batch, worker);
    case Reading::simulated:
      if (!worker.simulated) {
        worker.simulated.emplace(simulation_.graph, SessionOptions{.batch = inputs.shape()[0],
                                                                   .tapped = simulation_.tapped});
      }
      return run_session(*worker.simulated, network_.float_graph.outputs.size(), inputs,
                         simulation_.tap);
    case Reading::exact:
      return run_exact(network_.integers, {&inputs, 1});
    case Reading::deployed:
      if (!worker.deployed) worker.deployed.emplace(network_.plan);
      return worker.deployed->run({&inputs, 1});
    case Reading::runtime:
      return outputs_of_batch(*options_.runtime, batch);
  }
  return {};
}

std::vector<Tensor> Executors::run_float(const Batch& batch, Worker& worker) {
  const std::int64_t size = batch.inputs.shape()[0];
  std::vector<Tensor> fresh;
  std::vector<Tensor>& outputs =
      options_.float_outputs != nullptr
          ? options_.float_outputs->at(static_cast<std::size_t>(batch.first / size))
          : fresh;
  if (outputs.empty()) {
    const Graph& graph = network_.float_graph;
    if (!worker.floating) worker.floating.emplace(graph, SessionOptions{.batch = size});
    outputs = run_session(*worker.floating, graph.outputs.size(), batch.inputs, {});
  }
  return outputs;
}

double Executors::seconds(Reading reading) const {
  if (reading == Reading::runtime) return options_.runtime->report.seconds;
  double sum = 0.0;
  for (const Worker& worker : workers_) sum += worker.seconds[index(reading)];
  return sum;
}

}  // namespace vernier
