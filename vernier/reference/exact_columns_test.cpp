#include "vernier/reference/exact_columns.h"

#include <gtest/gtest.h>

#include "vernier/reference/exact.h"
#include "vernier/reference/random_network.h"

namespace vernier {
namespace {

/// The first and the last place of a plane.
std::vector<std::int64_t> two_places(const Shape& shape) {
  const std::int64_t plane = element_count({shape.begin() + 2, shape.end()});
  return plane == 1 ? std::vector<std::int64_t>{0} : std::vector<std::int64_t>{0, plane - 1};
}

/// Weights times columns, and the requantization of the layer, are its results there.
void expect_results_of_columns(const IntegerGraph& network, const IntegerNode& node,
                               std::span<const Tensor> values) {
  const auto& layer = std::get<IntegerLinear>(node.op);
  const Tensor& result = values[index(node.outputs[0])];
  const std::vector<std::int64_t> places = two_places(result.shape());
  const Tensor columns = exact_columns(network, node, values[index(node.inputs[0])], places);
  const auto column = columns.view<std::int32_t>();
  const auto weights = centred_weights(layer);
  const auto* conv = std::get_if<Conv>(&layer.op);
  const std::size_t groups = conv != nullptr ? static_cast<std::size_t>(conv->group) : 1;
  const std::size_t outputs = layer.bias.size();
  const std::size_t depth = weights.size() / outputs;
  const auto images = static_cast<std::size_t>(result.shape()[0]);
  const std::size_t plane = static_cast<std::size_t>(result.size()) / images / outputs;
  for (std::size_t i = 0; i < images * outputs * places.size(); ++i) {
    const std::size_t place = i % places.size();
    const std::size_t output = i / places.size() % outputs;
    const std::size_t first =
        (i / places.size() / outputs * groups + output / (outputs / groups)) * depth;
    std::int32_t sum = layer.bias[output];
    for (std::size_t k = 0; k < depth; ++k)
      sum += weights[output * depth + k] * column[(first + k) * places.size() + place];
    const std::int32_t expected =
        requantize(network.requantization, layer.requantizers[output], sum, 0, layer.output);
    ASSERT_EQ(result.view<std::int32_t>()[i / places.size() * plane +
                                          static_cast<std::size_t>(places[place])],
              expected)
        << node.name << ' ' << i;
  }
}

TEST(ExactColumns, TimesWeightsGiveTheResults) {
  int layers = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomNetwork maker(seed, {.activation = {.range = {0, 255}, .symmetric = false},
                               .weight = {.range = {-127, 127}}});
    const IntegerGraph network = lower(maker.make(8));
    const std::vector<Tensor> values = run_exact_values(network, {{maker.random_input(2)}});
    for (const IntegerNode& node : network.nodes) {
      const auto* layer = std::get_if<IntegerLinear>(&node.op);
      if (layer == nullptr || std::holds_alternative<ConvTranspose>(layer->op)) continue;
      if (layer->requantizers.empty() || node.inputs.size() > 1) continue;
      ASSERT_NO_FATAL_FAILURE(expect_results_of_columns(network, node, values)) << seed;
      ++layers;
    }
  }
  EXPECT_GT(layers, 30);
}

}  // namespace
}  // namespace vernier
