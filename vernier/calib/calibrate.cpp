#include "vernier/calib/calibrate.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/calib/fit_biases.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

using Producers = std::vector<std::optional<NodeId>>;

// The sign is decided once for the tensor, so that its channels keep one storage type, and before
// the ranges, because the best one depends on it.
void choose_sign(QuantPoint& point, float lo, float hi) {
  point.spec = concrete(point.spec, {std::min(lo, 0.0F), std::max(hi, 0.0F)});
  point.params.clear();
}

void choose(QuantPoint& point, const TensorStats& stats, const CalibratorSetting& setting) {
  const Range range = setting.calibrator.run(stats, point.spec, setting.options);
  point.params.push_back(choose_params(range, point.spec));
}

void choose_weight(QuantPoint& point, const Tensor& weight, const CalibratorSetting& setting) {
  const auto values = weight.view<float>();
  const Moments whole = moments(values);
  choose_sign(point, whole.lo, whole.hi);
  const bool by_channel =
      point.spec.granularity == Granularity::per_channel && !weight.shape().empty();
  const std::size_t channels = by_channel ? static_cast<std::size_t>(weight.shape()[0]) : 1;
  const std::size_t count = values.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel)
    choose(point, stats_of(values.subspan(channel * count, count)), setting);
}

// A value that a Quantize node marks was observed under the name of what the node reads.
const std::string& observed_name(const Graph& graph, const Producers& producers, ValueId id) {
  const auto producer = producers[index(id)];
  const bool marked = producer && std::holds_alternative<Quantize>(graph[*producer].op);
  return graph[marked ? graph[*producer].inputs[0] : id].name;
}

const TensorStats& activation_stats(const Stats& stats, const std::string& name) {
  const TensorStats* found = find_stats_if_any(stats, name);
  if (found == nullptr) {
    fail(
        "the statistics hold nothing about '{}': they were made for another model; calibrate again",
        name);
  }
  return *found;
}

}  // namespace

QuantGraph calibrate(QuantGraph model, const Stats& stats, const CalibratorSettings& settings) {
  const auto& inputs = model.graph.inputs;
  const Producers made_by = producers(model.graph);
  std::map<ValueId, TensorStats> united;
  for (const auto& [id, point] : model.points) {
    const Value& value = model.graph[id];
    if (value.constant || !point.observed) continue;
    const TensorStats& observed = activation_stats(stats, observed_name(model.graph, made_by, id));
    const auto [entry, first] = united.try_emplace(point.leader, observed);
    if (!first) unite(entry->second, observed);
  }
  std::vector<std::pair<ValueId, QuantPoint*>> points;
  for (auto& [id, point] : model.points) points.emplace_back(id, &point);
  parallel_for(std::ssize(points), [&](std::int64_t place, int) {
    const ValueId id = points[static_cast<std::size_t>(place)].first;
    QuantPoint& point = *points[static_cast<std::size_t>(place)].second;
    const Value& value = std::as_const(model).graph[id];
    if (value.constant) {
      choose_weight(point, *value.constant, settings.weights);
    } else if (point.leader == id) {
      const bool is_input = std::ranges::find(inputs, id) != inputs.end();
      const TensorStats& observed = united.at(id);
      choose_sign(point, observed.lo(), observed.hi());
      choose(point, observed, is_input ? settings.inputs : settings.activations);
    }
  });
  for (auto& [id, point] : model.points) {
    const QuantPoint& leader = model.points.at(point.leader);
    point.spec = leader.spec;
    point.params = leader.params;
  }
  fit_biases(model);
  verify(model);
  return model;
}

}  // namespace vernier
