#include "vernier/ptq/fit_images.h"

#include <algorithm>

#include "vernier/ptq/integer_world.h"
#include "vernier/ptq/sample_places.h"

namespace vernier {
namespace {

constexpr std::int64_t usual_elements = std::int64_t{256} * 3 * 224 * 224;
constexpr std::int64_t fewest = 16;
constexpr std::int64_t most = 256;

std::int64_t bytes_of_an_image(const IntegerGraph& graph) {
  std::int64_t bytes = most_live_bytes(graph);
  for (const IntegerNode& node : graph.nodes) {
    if (!std::holds_alternative<IntegerLinear>(node.op)) continue;
    const Shape& shape = graph.graph[node.outputs[0]].shape;
    const std::int64_t plane = plane_size(shape);
    bytes += element_count(shape) / plane * std::min(plane, most_places) *
             static_cast<std::int64_t>(sizeof(float));
  }
  return bytes;
}

}  // namespace

std::int64_t fit_images(const IntegerGraph& graph, std::int64_t available,
                        std::int64_t memory_bytes) {
  const std::int64_t elements = element_count(graph.graph[graph.graph.inputs[0]].shape);
  const std::int64_t usual = std::clamp(usual_elements / elements, fewest, most);
  const std::int64_t held = std::max<std::int64_t>(memory_bytes / bytes_of_an_image(graph), 1);
  return std::min({usual, available, held});
}

}  // namespace vernier
