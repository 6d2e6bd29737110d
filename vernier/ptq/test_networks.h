#pragma once

// For tests: images and random networks that methods can work on.

#include <vector>

#include "vernier/data/dataset.h"
#include "vernier/quant/affine.h"
#include "vernier/reference/random_network.h"

namespace vernier {

inline Dataset dataset_of(const Tensor& images) {
  static Tensor all;
  all = images;
  Source source;
  source.entries.resize(static_cast<std::size_t>(images.shape()[0]));
  source.read = [](const Source&, std::int64_t entry) -> Content {
    Tensor image(DType::f32, {all.shape().begin() + 1, all.shape().end()});
    const auto size = static_cast<std::size_t>(image.size());
    const auto from = all.view<float>().subspan(static_cast<std::size_t>(entry) * size, size);
    std::ranges::copy(from, image.edit<float>().begin());
    return image;
  };
  std::vector<std::int64_t> order;
  for (std::int64_t i = 0; i < images.shape()[0]; ++i) order.push_back(i);
  return {std::move(source), std::move(order), {}};
}

inline RandomSpecs network_specs(Granularity granularity) {
  return {.activation = {.range = {0, 255}, .symmetric = false},
          .weight = {.range = {-127, 127}, .granularity = granularity}};
}

inline std::vector<std::int32_t> integers_of(const QuantGraph& model, ValueId weight) {
  const QuantPoint& point = model.points.at(weight);
  const auto values = model.graph[weight].constant->view<float>();
  const std::size_t row = values.size() / point.params.size();
  std::vector<std::int32_t> integers;
  for (std::size_t i = 0; i < values.size(); ++i)
    integers.push_back(quantize(values[i], point.params[i / row], point.spec));
  return integers;
}

}  // namespace vernier
