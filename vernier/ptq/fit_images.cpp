#include "vernier/ptq/fit_images.h"

#include <algorithm>

#include "vernier/ir/macs.h"
#include "vernier/ptq/integer_world.h"
#include "vernier/ptq/sample_places.h"

namespace vernier {
namespace {

constexpr std::int64_t usual_macs = 20'000'000'000;
constexpr std::int64_t fewest = 16;
constexpr std::int64_t usual_fewest = 32;
constexpr std::int64_t most = 256;

/// What a process with two threads takes beside the images: as measured on networks of 2 to 14 MB,
/// the float weights are there up to four times (read, corrected, laid out for each thread).
std::int64_t bytes_without_images(const IntegerGraph& graph) {
  std::int64_t weights = 0;
  for (const Value& value : graph.graph.values) {
    if (value.constant) weights += std::ssize(value.constant->bytes());
  }
  return (std::int64_t{144} << 20U) + 4 * weights;
}

std::int64_t bytes_with_samples(const IntegerGraph& graph) {
  std::int64_t bytes = bytes_of_an_image(graph);
  for (const IntegerNode& node : graph.nodes) {
    if (!std::holds_alternative<IntegerLinear>(node.op)) continue;
    const Shape& shape = graph.graph[node.outputs[0]].shape;
    const std::int64_t plane = plane_size(shape);
    bytes += element_count(shape) / plane * std::min(plane, most_places) *
             static_cast<std::int64_t>(sizeof(float));
  }
  return bytes;
}

std::int64_t macs_of_an_image(const IntegerGraph& graph) {
  std::int64_t macs = 1;
  for (const IntegerNode& node : graph.nodes) {
    if (const auto* layer = std::get_if<IntegerLinear>(&node.op)) {
      macs += mac_count(layer->op, graph.graph[node.inputs[0]].shape, layer->weight.shape(),
                        graph.graph[node.outputs[0]].shape);
    }
  }
  return macs;
}

}  // namespace

std::int64_t fit_images(const IntegerGraph& graph, std::int64_t available,
                        std::int64_t memory_bytes) {
  const std::int64_t usual = std::clamp(usual_macs / macs_of_an_image(graph), usual_fewest, most);
  const std::int64_t left = memory_bytes - bytes_without_images(graph);
  const std::int64_t held = std::max<std::int64_t>(left / bytes_with_samples(graph), fewest);
  return std::min({usual, available, held});
}

}  // namespace vernier
