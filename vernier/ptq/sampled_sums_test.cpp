#include "vernier/ptq/sampled_sums.h"

#include <gtest/gtest.h>

#include "vernier/base/random.h"
#include "vernier/ir/text.h"
#include "vernier/ptq/sample_places.h"

namespace vernier {
namespace {

constexpr std::int64_t rows = 17;
constexpr std::int64_t columns = 19;

struct Geometry {
  Shape weight;  // [outputs, channels / group, rows, columns]
  std::int64_t group;
  std::string attributes;
};

const Geometry geometries[] = {
    {{24, 20, 1, 1}, 1, ""},
    {{16, 3, 3, 3}, 1, "strides=[2,2] pads=[1,1,1,1]"},
    {{8, 20, 3, 5}, 1, "pads=[1,2,1,2]"},
    {{8, 20, 3, 3}, 1, "dilations=[2,3] pads=[2,3,1,0]"},
    {{24, 1, 5, 3}, 24, "strides=[1,2] pads=[2,0,2,1] group=24"},
    {{12, 8, 3, 3}, 3, "strides=[2,1] pads=[0,1,1,1] group=3"},
    {{24, 20, rows, columns}, 1, ""},                     // one place
    {{24, 20, 3, 3}, 1, "strides=[3,4] pads=[1,1,1,1]"},  // 6 by 5: all of them
};

std::string numbers(std::int64_t count, double scale) {
  Random random(static_cast<std::uint64_t>(count));
  std::string text;
  for (std::int64_t i = 0; i < count; ++i) text += fmt::format(" {:.4f}", scale * random.normal());
  return text;
}

IntegerGraph network(const Geometry& geometry) {
  const Shape& weight = geometry.weight;
  return lower(quant_graph_from_text(
      fmt::format("input x: f32[1,{},{},{}]\n"
                  "const w: f32{} = [{}]\n"
                  "const b: f32[{}] = [{}]\n"
                  "y = Conv(x, w, b) {}\n"
                  "return y\n"
                  "point x: range=[0,255] symmetric=false scale=[0.02] zero_point=[117]\n"
                  "point w: range=[-127,127] scale=[0.01] zero_point=[0]\n",
                  weight[1] * geometry.group, rows, columns, to_string(weight),
                  numbers(element_count(weight), 0.4), weight[0], numbers(weight[0], 1.0),
                  geometry.attributes)));
}

void run(Engine& engine) {
  engine.run(std::span<const std::span<const float>>{}, std::span<const std::span<float>>{});
}

/// The input of a network as its readers see it.
AlignedBytes memory_of_input(const IntegerGraph& graph, const Buffer& buffer) {
  const NodePlan plan = compile_input(graph, graph.graph.inputs[0]);
  Random random(5);
  AlignedBytes floats(static_cast<std::size_t>(buffer.size) * sizeof(float));
  for (std::int64_t i = 0; i < element_count(buffer.shape); ++i)
    reinterpret_cast<float*>(floats.data())[i] = static_cast<float>(random.normal());
  AlignedBytes memory(static_cast<std::size_t>(buffer.size + slack_bytes));
  Engine engine(plan.plan);
  engine.bind(*plan.inputs[0], floats.data());
  engine.bind(plan.outputs[0], memory.data());
  run(engine);
  return memory;
}

TEST(SampledSums, AreThoseOfTheWholeLayer) {
  for (const Geometry& geometry : geometries) {
    const IntegerGraph graph = network(geometry);
    const IntegerNode& layer = graph.nodes[0];
    const Buffer buffer = kept_buffers(graph)[index(graph.graph.inputs[0])];
    AlignedBytes memory = memory_of_input(graph, buffer);
    std::vector<float> scales;
    for (std::int64_t i = 0; i < geometry.weight[0]; ++i)
      scales.push_back(0.5F + static_cast<float>(i));

    const NodePlan whole = compile_sums(graph, layer, scales);
    Engine engine(whole.plan);
    engine.bind(*whole.inputs[0], memory.data());
    run(engine);
    const Tensor all = engine.value(whole.outputs[0]);
    const std::int64_t plane = plane_size(all.shape());
    SampledSums sums(graph, layer, buffer, scales);
    for (const std::int64_t image : {0, 1, 77}) {
      std::vector<float> expected;
      for (const std::int64_t place : sample_places(plane, image)) {
        for (std::int64_t channel = 0; channel < geometry.weight[0]; ++channel)
          expected.push_back(all.view<float>()[static_cast<std::size_t>(channel * plane + place)]);
      }
      EXPECT_EQ(sums.of(image, memory.data(), 0), expected)
          << to_string(geometry.weight) << ' ' << geometry.attributes << ", image " << image;
    }
  }
}

}  // namespace
}  // namespace vernier
