#include "vernier/ptq/layer_fit.h"

#include <algorithm>

#include <fmt/format.h>

#include "vernier/calib/batches.h"
#include "vernier/ptq/fit_images.h"

namespace vernier {
namespace {

std::vector<ValueId> layers_of(const IntegerGraph& graph) {
  std::vector<ValueId> layers;
  for (const IntegerNode& node : graph.nodes) {
    if (std::holds_alternative<IntegerLinear>(node.op)) layers.push_back(node.outputs[0]);
  }
  return layers;
}

}  // namespace

TwoWorlds::TwoWorlds(QuantGraph start, IntegerGraph lowered, std::int64_t count)
    : model(std::move(start)),
      integers(std::move(lowered)),
      images(count),
      targets(model.graph, layers_of(integers), count),
      world(integers, count) {}

Node& TwoWorlds::layer_of(const IntegerNode& node) {
  return *std::ranges::find(model.graph.nodes, node.outputs, &Node::outputs);
}

QuantGraph fit_layers(QuantGraph model, const MethodInput& input, std::string_view name,
                      const FitLayer& fit) {
  IntegerGraph integers = lower(model);
  const std::int64_t images = fit_images(integers, input.calibration.size(), input.memory_bytes);
  if (input.note) {
    input.note(fmt::format("{}: fitted layer by layer on {} images ({} MiB allowed)", name, images,
                           input.memory_bytes >> 20));
  }
  TwoWorlds worlds(std::move(model), std::move(integers), images);
  for_each_batch(input.calibration.first(images), {.batch = 1},
                 [&](const Batch& batch, int worker) {
                   worlds.targets.run(batch.first, batch.inputs, worker);
                   worlds.world.set_input(batch.first, batch.inputs, worker);
                 });
  const auto count = worlds.integers.nodes.size();
  for (std::size_t position = 0; position < count; ++position) {
    const IntegerNode& node = worlds.integers.nodes[position];
    if (std::holds_alternative<IntegerLinear>(node.op)) {
      fit(worlds, node);
      worlds.targets.forget(node.outputs[0]);
    }
    worlds.world.advance(position);
    if (input.progress)
      input.progress(static_cast<std::int64_t>(position + 1), static_cast<std::int64_t>(count));
  }
  verify(worlds.model);
  return std::move(worlds.model);
}

}  // namespace vernier
