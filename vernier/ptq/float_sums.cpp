#include "vernier/ptq/float_sums.h"

#include <algorithm>
#include <utility>

#include "vernier/base/parallel.h"
#include "vernier/ptq/sample_places.h"

namespace vernier {
namespace {

Activation take_activation(Op& op) {
  if (auto* conv = std::get_if<Conv>(&op)) return std::exchange(conv->activation, {});
  if (auto* transposed = std::get_if<ConvTranspose>(&op))
    return std::exchange(transposed->activation, {});
  return std::exchange(std::get<Gemm>(op).activation, {});
}

ValueId new_value(Graph& graph, ValueId like, const char* suffix) {
  Value value = graph[like];
  value.name += suffix;
  while (find_value_if_any(graph, value.name)) value.name += "'";
  return add_value(graph, std::move(value));
}

/// Takes residual and activation out of a layer, as nodes behind it; the value of the bare sums.
ValueId strip(Graph& graph, Node layer, std::vector<Node>& nodes) {
  const ValueId result = layer.outputs[0];
  const Activation activation = take_activation(layer.op);
  const bool residual = layer.inputs.size() == 4;
  if (!residual && activation == Activation{}) {
    nodes.push_back(std::move(layer));
    return result;
  }
  const ValueId sums = new_value(graph, result, ".sums");
  const ValueId addend = residual ? layer.inputs[3] : result;
  layer.inputs.resize(3);
  layer.outputs = {sums};
  nodes.push_back(std::move(layer));
  if (residual) {
    nodes.push_back({graph[result].name, Add{.activation = activation}, {sums, addend}, {result}});
  } else {
    nodes.push_back(
        {graph[result].name, Clip{.min = activation.lo, .max = activation.hi}, {sums}, {result}});
  }
  return sums;
}

/// [place, channel] out of the executor's layout.
std::vector<float> sampled(const ValueView& view, std::int64_t plane, std::int64_t image) {
  const std::vector<std::int64_t> places = sample_places(plane, image);
  std::vector<float> samples(places.size() * static_cast<std::size_t>(view.channels));
  auto next = samples.begin();
  for (const std::int64_t place : places) {
    for (std::int64_t first = 0; first < view.channels; first += view.channel_block) {
      const std::int64_t count = std::min(view.channel_block, view.channels - first);
      next = std::copy_n(
          &view.elements[static_cast<std::size_t>(first * plane + place * view.channel_block)],
          count, next);
    }
  }
  return samples;
}

}  // namespace

FloatSums::FloatSums(Graph graph, std::span<const ValueId> layers, std::int64_t images)
    : graph_(std::move(graph)), sessions_(static_cast<std::size_t>(thread_count())) {
  std::vector<Node> nodes;
  for (Node& node : std::exchange(graph_.nodes, {})) {
    const ValueId result = node.outputs[0];
    if (std::ranges::find(layers, result) == layers.end()) {
      nodes.push_back(std::move(node));
      continue;
    }
    const ValueId sums = strip(graph_, std::move(node), nodes);
    layer_of_[sums] = result;
    tapped_.push_back(sums);
    samples_[result].resize(static_cast<std::size_t>(images));
  }
  graph_.nodes = std::move(nodes);
}

void FloatSums::run(std::int64_t image, const Tensor& input, int worker) {
  auto& session = sessions_[static_cast<std::size_t>(worker)];
  if (!session) session.emplace(graph_, SessionOptions{.tapped = tapped_});
  session->run({&input, 1}, [&](const ValueView& view) {
    const std::int64_t plane = plane_size(graph_[view.id].shape);
    samples_.at(layer_of_.at(view.id))[static_cast<std::size_t>(image)] =
        sampled(view, plane, image);
  });
}

std::span<const float> FloatSums::of(ValueId layer, std::int64_t image) const {
  return samples_.at(layer)[static_cast<std::size_t>(image)];
}

}  // namespace vernier
