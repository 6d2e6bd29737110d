#include "vernier/calib/fit_biases.h"

#include <algorithm>
#include <cmath>

namespace vernier {
namespace {

constexpr float most_steps = 0x1p30F;  // leaves the other half of 32 bits to the products

void widen(QuantParams& params, const QuantSpec& spec, float least_scale) {
  if (params.scale >= least_scale) return;
  params.scale =
      spec.power_of_two_scale ? std::exp2(std::ceil(std::log2(least_scale))) : least_scale;
}

}  // namespace

void fit_biases(QuantGraph& model) {
  for (const Node& node : model.graph.nodes) {
    if (!is_one_of<Conv, ConvTranspose, Gemm>(node.op)) continue;
    const QuantPoint* input = find_point_if_any(model, node.inputs[0]);
    const auto weight = model.points.find(node.inputs[1]);
    const Value& bias = model.graph[node.inputs[2]];
    if (input == nullptr || weight == model.points.end() || !bias.constant) continue;
    auto& params = weight->second.params;
    const auto values = bias.constant->view<float>();
    for (std::size_t channel = 0; channel < values.size(); ++channel) {
      const float least_scale = std::abs(values[channel]) / most_steps / input->params[0].scale;
      widen(params[params.size() == 1 ? 0 : channel], weight->second.spec, least_scale);
    }
  }
}

}  // namespace vernier
