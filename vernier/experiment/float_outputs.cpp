#include "vernier/experiment/float_outputs.h"

#include "vernier/calib/collect.h"

namespace vernier {
namespace {

constexpr std::int64_t most_bytes = std::int64_t{256} << 20U;

std::int64_t bytes_of_a_batch(const Graph& graph) {
  std::int64_t elements = 0;
  for (const ValueId id : graph.outputs) elements += element_count(graph[id].shape);
  return elements * natural_batch(graph) * static_cast<std::int64_t>(sizeof(float));
}

}  // namespace

BatchOutputs batch_outputs(const Graph& graph, std::int64_t images) {
  const std::int64_t batch = natural_batch(graph);
  return BatchOutputs(static_cast<std::size_t>((images + batch - 1) / batch));
}

BatchOutputs* FloatOutputs::of(const Graph& graph, std::int64_t images) {
  BatchOutputs places = batch_outputs(graph, images);
  if (std::ssize(places) * bytes_of_a_batch(graph) > most_bytes) return nullptr;
  return &graphs_.try_emplace(graph_sha256(graph), std::move(places)).first->second;
}

}  // namespace vernier
