#include "vernier/ptq/sampled_sums.h"

#include <cstring>
#include <numeric>

#include "vernier/base/parallel.h"
#include "vernier/ptq/sample_places.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

bool takes_patches(const IntegerLinear& layer, const Shape& y) {
  return std::holds_alternative<Conv>(layer.op) && y.size() == 4 && plane_size(y) > most_places;
}

/// The layer alone, over a row of patches: its kernel steps from one to the next.
IntegerGraph over_patches(const IntegerGraph& network, const IntegerNode& layer) {
  const auto& linear = std::get<IntegerLinear>(layer.op);
  const Shape& kernel = linear.weight.shape();
  const ValueId x = layer.inputs[0];
  const std::int64_t channels = network.graph[x].shape[1];
  IntegerGraph alone{.requantization = network.requantization};
  const ValueId patches =
      add_value(alone.graph, {.name = network.graph[x].name,
                              .dtype = DType::f32,
                              .shape = {1, channels, kernel[2], kernel[3] * most_places}});
  const ValueId sums = add_value(alone.graph, {.name = network.graph[layer.outputs[0]].name,
                                               .dtype = DType::f32,
                                               .shape = {1, kernel[0], 1, most_places}});
  alone.formats = {network.formats[index(x)], std::nullopt};
  IntegerLinear op = linear;
  op.op = Conv{.strides = {1, kernel[3]}, .group = std::get<Conv>(linear.op).group};
  alone.nodes.push_back(
      {.name = layer.name, .op = std::move(op), .inputs = {patches}, .outputs = {sums}});
  return alone;
}

std::vector<float> at_places(const Buffer& buffer, const float* sums,
                             std::span<const std::int64_t> places) {
  const std::int64_t channels = buffer.shape[1];
  const std::int64_t step = buffer.shape.size() > 2 ? buffer.strides.back() : 0;
  std::vector<float> samples;
  samples.reserve(places.size() * static_cast<std::size_t>(channels));
  for (const std::int64_t place : places) {
    const float* first = sums + buffer.first + place * step;
    samples.insert(samples.end(), first, first + channels);
  }
  return samples;
}

}  // namespace

SampledSums::SampledSums(const IntegerGraph& network, const IntegerNode& layer, const Buffer& x,
                         const std::vector<float>& scales)
    : x_(x), workers_(static_cast<std::size_t>(thread_count())) {
  const auto& linear = std::get<IntegerLinear>(layer.op);
  const Shape& y = network.graph[layer.outputs[0]].shape;
  plane_ = plane_size(y);
  if (!takes_patches(linear, y)) {
    plan_ = compile_sums(network, layer, scales);
    return;
  }
  window_ = spatial_window(linear.op, x.shape, y, std::span(linear.weight.shape()).subspan(2));
  const IntegerGraph alone = over_patches(network, layer);
  plan_ = compile_sums(alone, alone.nodes[0], scales);
}

void SampledSums::copy_patches(std::int64_t image, const std::byte* memory,
                               std::byte* patches) const {
  const Buffer& to = plan_.plan->buffers[index(*plan_.inputs[0])];
  const Window& window = *window_;
  const std::int64_t row = x_.strides[2];
  const std::int64_t column = x_.strides[3];  // with the padding of its channels
  const std::int64_t element = byte_size(x_.element);
  std::int64_t left = to.first;
  for (const std::int64_t place : sample_places(plane_, image)) {
    const std::int64_t y = place / window.coarse[2];
    const std::int64_t x = place % window.coarse[2];
    for (std::int64_t i = 0; i < window.kernel[1]; ++i) {
      for (std::int64_t j = 0; j < window.kernel[2]; ++j) {
        const std::int64_t from =
            x_.first + (y * window.strides[1] - window.pads[1] + i * window.dilations[1]) * row +
            (x * window.strides[2] - window.pads[2] + j * window.dilations[2]) * column;
        std::memcpy(patches + (left + i * to.strides[2] + j * column) * element,
                    memory + from * element, static_cast<std::size_t>(column * element));
      }
    }
    left += window.kernel[2] * column;
  }
}

std::vector<float> SampledSums::of(std::int64_t image, std::byte* memory, int worker) {
  auto& place = workers_[static_cast<std::size_t>(worker)];
  if (!place) place.emplace(plan_);
  Engine& engine = place->engine;
  const BufferId input = *plan_.inputs[0];
  const Buffer& sums = plan_.plan->buffers[index(plan_.outputs[0])];
  std::vector<std::int64_t> places = sample_places(plane_, image);
  if (window_) {
    const Buffer& patches = plan_.plan->buffers[index(input)];
    place->patches.resize(
        static_cast<std::size_t>(patches.size * byte_size(patches.element) + slack_bytes));
    copy_patches(image, memory, place->patches.data());
    engine.bind(input, place->patches.data());
    std::iota(places.begin(), places.end(), 0);
  } else {
    engine.bind(input, memory);
  }
  engine.run(std::span<const std::span<const float>>{}, std::span<const std::span<float>>{});
  return at_places(sums, reinterpret_cast<const float*>(engine.memory(plan_.outputs[0])), places);
}

}  // namespace vernier
