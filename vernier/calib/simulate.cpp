// Fake-quantize at every point: weights and biases once, activations as they are computed. A bias
// is rounded to the grid scale_x * scale_w, where the integers hold it.

#include "vernier/calib/simulate.h"

#include <cmath>

#include "vernier/quant/affine.h"

namespace vernier {
namespace {

void quantize_constant(Value& value, const QuantPoint& point) {
  fake_quantize_channels(value.constant->edit<float>(), point.params, point.spec);
}

void quantize_bias(Tensor& bias, float input_scale, std::span<const QuantParams> weights) {
  const auto values = bias.edit<float>();
  for (std::size_t channel = 0; channel < values.size(); ++channel) {
    const double scale = double{input_scale} * weights[weights.size() == 1 ? 0 : channel].scale;
    values[channel] = static_cast<float>(std::nearbyint(values[channel] / scale) * scale);
  }
}

void quantize_biases(Graph& graph, const QuantGraph& model) {
  for (const Node& node : model.graph.nodes) {
    if (!is_one_of<Conv, ConvTranspose, Gemm>(node.op) || node.inputs.size() < 3) continue;
    const QuantPoint* input = find_point_if_any(model, node.inputs[0]);
    const QuantPoint* weight = find_point_if_any(model, node.inputs[1]);
    Value& bias = graph[node.inputs[2]];
    if (input != nullptr && weight != nullptr && bias.constant) {
      quantize_bias(*bias.constant, input->params[0].scale, weight->params);
    }
  }
}

}  // namespace

Simulation simulate(const QuantGraph& model) {
  Simulation simulation = {.graph = model.graph, .tapped = {}, .tap = {}};
  quantize_biases(simulation.graph, model);
  for (const auto& [id, point] : model.points) {
    Value& value = simulation.graph[id];
    if (value.constant) {
      quantize_constant(value, point);
    } else {
      simulation.tapped.push_back(id);
    }
  }
  simulation.tap = [&model](const ValueView& view) {
    const QuantPoint& point = model.points.at(view.id);
    fake_quantize(view.elements, point.params[0], point.spec);
  };
  return simulation;
}

}  // namespace vernier
