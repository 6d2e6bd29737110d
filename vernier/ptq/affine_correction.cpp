// Layer after layer, on inputs that are already quantized and corrected: t = W x + b of the float
// network and u = W^ x^ of the integer one, both before residual and activation, over all fitted
// images and sampled places, for each output channel c:
//   gain_c = cov(t, u) / var(u)      bias_c = mean(t) - gain_c mean(u)
// as affine_fit.cpp estimates them from few images. The gain multiplies the scale of the channel's
// weights: the integers stay, the requantization takes it for free. u comes from the engine, so
// that the fit corrects what really runs. Without the gain it is the sequential bias correction of
// Nagel et al., ICCV 2019, section 4.2 (empirical form).

#include "vernier/ptq/affine_correction.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "vernier/base/error.h"
#include "vernier/ptq/affine_fit.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

constexpr double most_bias_steps = 0x1p30;  // as fit_biases(): the other half is the products'

/// Whether each channel may have a scale of its own that nobody else looks at.
bool may_gain(const QuantGraph& model, const Node& layer) {
  const ValueId weight = layer.inputs[1];
  const QuantPoint& point = model.points.at(weight);
  return point.params.size() > 1 && !point.spec.power_of_two_scale && point.leader == weight &&
         used_once(model.graph, weight);
}

/// The weight on its integer grid, whose scales are then multiplied by the gains.
void scale_weight(QuantGraph& model, ValueId weight, std::span<const AffineFit> fits) {
  QuantPoint& point = model.points.at(weight);
  const std::span<float> values = model.graph[weight].constant->edit<float>();
  const std::size_t row = values.size() / point.params.size();
  for (std::size_t channel = 0; channel < point.params.size(); ++channel) {
    QuantParams& params = point.params[channel];
    const QuantParams before = params;
    params.scale = static_cast<float>(params.scale * fits[channel].gain);
    for (float& value : values.subspan(channel * row, row))
      value = dequantize(quantize(value, before, point.spec), params);
  }
}

void correct(QuantGraph& model, Node& layer, std::span<const AffineFit> fits, bool with_gain) {
  if (with_gain) scale_weight(model, layer.inputs[1], fits);
  const double scale_x = model.points.at(layer.inputs[0]).params[0].scale;
  const auto& params = model.points.at(layer.inputs[1]).params;
  const std::span<float> bias = own_constant(model.graph, layer, 2).edit<float>();
  for (std::size_t channel = 0; channel < bias.size(); ++channel) {
    const double scale = scale_x * params[params.size() > 1 ? channel : 0].scale;
    if (std::abs(fits[channel].bias) <= most_bias_steps * scale)
      bias[channel] = static_cast<float>(fits[channel].bias);
  }
}

std::vector<AffineFit> fit_layer(TwoWorlds& worlds, const IntegerNode& node,
                                 const QuantPoint& weight, bool with_gain) {
  const std::size_t channels = std::get<IntegerLinear>(node.op).bias.size();
  const double scale_x = worlds.integers.formats[index(node.inputs[0])]->params.scale;
  std::vector<float> scales;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    const double scale = weight.params[weight.params.size() > 1 ? channel : 0].scale;
    scales.push_back(static_cast<float>(scale_x * scale));
  }
  std::vector<PairSums> sums(static_cast<std::size_t>(worlds.images), PairSums(channels));
  worlds.world.for_each_sums(node, scales, [&](std::int64_t image, std::span<const float> found) {
    sums[static_cast<std::size_t>(image)].see(worlds.targets.of(node.outputs[0], image), found);
  });
  return fit(sums, with_gain);
}

}  // namespace

void correct_layer(TwoWorlds& worlds, const IntegerNode& node, bool gain_wanted) {
  Node& layer = worlds.layer_of(node);
  const bool with_gain = gain_wanted && may_gain(worlds.model, layer);
  const auto fits = fit_layer(worlds, node, worlds.model.points.at(layer.inputs[1]), with_gain);
  correct(worlds.model, layer, fits, with_gain);
  worlds.update(node);
}

QuantGraph affine_correction(QuantGraph model, const MethodInput& input) {
  return fit_layers(std::move(model), input, "affine_correction",
                    [](auto& worlds, const auto& node) { correct_layer(worlds, node, true); });
}

QuantGraph bias_correction(QuantGraph model, const MethodInput& input) {
  return fit_layers(std::move(model), input, "bias_correction",
                    [](auto& worlds, const auto& node) { correct_layer(worlds, node, false); });
}

}  // namespace vernier
