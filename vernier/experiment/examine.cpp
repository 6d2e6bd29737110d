// Each worker holds its own executors. What an image gave goes to its place; sums are formed at the
// end in the order of the images.

#include "vernier/experiment/examine.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/calib/batches.h"
#include "vernier/experiment/examine_layer.h"
#include "vernier/experiment/examine_point.h"

namespace vernier {
namespace {

/// Above this an operand counts as whole: no layer is to blame for the last bits.
constexpr double whole_db = 50.0;

/// The value of the float network that each value of the model stands for, by its name; what a
/// Quantize node gives stands for what it reads.
std::vector<std::optional<ValueId>> references(const Graph& float_graph, const Graph& model) {
  const auto made_by = producers(model);
  std::map<std::string_view, ValueId> names;
  for (std::size_t i = 0; i < float_graph.values.size(); ++i)
    names.emplace(float_graph.values[i].name, static_cast<ValueId>(i));
  std::vector<std::optional<ValueId>> result(model.values.size());
  for (std::size_t i = 0; i < model.values.size(); ++i) {
    const auto producer = made_by[i];
    const bool copied = producer && is_one_of<Quantize>(model[*producer].op);
    const Value& value = copied ? model[model[*producer].inputs[0]] : model.values[i];
    const auto found = names.find(value.name);
    if (value.constant || value.dtype != DType::f32 || found == names.end()) continue;
    if (!float_graph[found->second].constant) result[i] = found->second;
  }
  return result;
}

/// What one image gave, by value and by node of the model.
struct ImageTruth {
  std::vector<PointSums> points;
  std::vector<Similarity> up_to;
  std::vector<Similarity> alone;
};

class ExamineWorker {
 public:
  ExamineWorker(const QuantizedNetwork& network, const Simulation& simulation)
      : network_(network),
        references_(references(network.float_graph, network.model.graph)),
        simulation_(simulation),
        float_(network.float_graph, {.keep_values = true}),
        simulated_(simulation.graph, {.tapped = simulation.tapped, .keep_values = true}) {
    for (const Node& node : network.model.graph.nodes) {
      layers_.push_back(has_references(node) ? LonelyLayer::cut(network.model, node)
                                             : std::nullopt);
    }
  }

  ImageTruth see(const Tensor& input) {
    float_.run({&input, 1});
    simulated_.run({&input, 1}, simulation_.tap);
    ImageTruth truth = {.points = std::vector<PointSums>(references_.size()),
                        .up_to = std::vector<Similarity>(references_.size()),
                        .alone = std::vector<Similarity>(layers_.size())};
    for (std::size_t i = 0; i < references_.size(); ++i) see_value(static_cast<ValueId>(i), truth);
    for (std::size_t i = 0; i < layers_.size(); ++i) see_layer(i, truth.alone[i]);
    return truth;
  }

 private:
  bool has_references(const Node& node) const {
    const auto known = [&](ValueId id) {
      return network_.model.graph[id].constant || references_[index(id)];
    };
    return std::ranges::all_of(node.inputs, known) && known(node.outputs[0]);
  }

  Tensor reference(ValueId id) const {
    const auto& known = references_[index(id)];
    VERNIER_CHECK(known.has_value());
    return float_.value(*known);
  }

  void see_value(ValueId id, ImageTruth& truth) const {
    if (!references_[index(id)]) return;
    const Tensor expected = reference(id);
    truth.up_to[index(id)].add(expected.view<float>(), simulated_.value(id).view<float>());
    const QuantPoint* point = find_point_if_any(network_.model, id);
    const auto values = expected.view<float>();
    if (point != nullptr)
      truth.points[index(id)].add(values, values, point->params[0], point->spec);
  }

  void see_layer(std::size_t number, Similarity& alone) {
    auto& layer = layers_[number];
    if (!layer) return;
    std::vector<Tensor> operands;
    for (const ValueId id : layer->inputs()) operands.push_back(reference(id));
    const Tensor expected = reference(network_.model.graph.nodes[number].outputs[0]);
    alone.add(expected.view<float>(), layer->run(operands).view<float>());
  }

  const QuantizedNetwork& network_;
  const std::vector<std::optional<ValueId>> references_;
  const Simulation& simulation_;
  Session float_;
  Session simulated_;
  std::vector<std::optional<LonelyLayer>> layers_;
};

ImageTruth run_images(const QuantizedNetwork& network, const Dataset& images,
                      const Progress& progress) {
  const Simulation simulation = simulate(network.model);
  std::vector<std::unique_ptr<ExamineWorker>> workers;
  for (int i = 0; i < thread_count(); ++i)
    workers.push_back(std::make_unique<ExamineWorker>(network, simulation));
  std::vector<ImageTruth> seen(static_cast<std::size_t>(images.size()));
  for_each_batch(images, {.batch = 1, .progress = progress}, [&](const Batch& batch, int worker) {
    seen[static_cast<std::size_t>(batch.first)] =
        workers[static_cast<std::size_t>(worker)]->see(batch.inputs);
  });
  ImageTruth total = seen[0];
  for (std::size_t image = 1; image < seen.size(); ++image) {
    for (std::size_t i = 0; i < total.points.size(); ++i) {
      total.points[i].add(seen[image].points[i]);
      total.up_to[i].add(seen[image].up_to[i]);
    }
    for (std::size_t i = 0; i < total.alone.size(); ++i) total.alone[i].add(seen[image].alone[i]);
  }
  return total;
}

/// SQNR that the worst operand still has, less that of the result.
double drop_db(const Graph& graph, const Node& node, const ImageTruth& total) {
  double before = whole_db;
  for (const ValueId id : node.inputs) {
    const Similarity& operand = total.up_to[index(id)];
    if (!graph[id].constant && operand.count > 0) before = std::min(before, sqnr_db(operand));
  }
  return before - std::min(whole_db, sqnr_db(total.up_to[index(node.outputs[0])]));
}

std::vector<LayerTruth> layer_truths(const QuantGraph& model, const ImageTruth& total) {
  std::vector<LayerTruth> layers;
  for (std::size_t i = 0; i < model.graph.nodes.size(); ++i) {
    const Node& node = model.graph.nodes[i];
    if (total.alone[i].count == 0 || is_one_of<Quantize>(node.op)) continue;
    layers.push_back({.node = node.name,
                      .type = type_name(node.op),
                      .alone = total.alone[i],
                      .up_to = total.up_to[index(node.outputs[0])],
                      .drop_db = drop_db(model.graph, node, total)});
  }
  std::ranges::stable_sort(layers, {}, [](const LayerTruth& each) { return sqnr_db(each.alone); });
  return layers;
}

/// The weight as the float network has it; the model's own where a method gave it another name.
std::span<const float> original(const Graph& float_graph, const Value& weight) {
  const auto found = find_value_if_any(float_graph, weight.name);
  if (!found || float_graph[*found].shape != weight.shape || !float_graph[*found].constant)
    return weight.constant->view<float>();
  return float_graph[*found].constant->view<float>();
}

const std::string& calibrator_of(const Graph& graph, ValueId id, const ExamineOptions& options) {
  if (graph[id].constant) return options.weight_calibrator;
  const bool input = std::ranges::find(graph.inputs, id) != graph.inputs.end();
  return input ? options.input_calibrator : options.activation_calibrator;
}

std::vector<PointTruth> point_truths(const QuantizedNetwork& network, const ImageTruth& total,
                                     const ExamineOptions& options) {
  const QuantGraph& model = network.model;
  std::vector<PointTruth> points;
  for (const auto& [id, point] : model.points) {
    const Value& value = model.graph[id];
    const PointSums sums = value.constant ? sums_of_weight(original(network.float_graph, value),
                                                           value.constant->view<float>(), point)
                                          : total.points[index(id)];
    if (sums.kept.count == 0) continue;
    const auto channels = static_cast<std::int64_t>(value.constant ? point.params.size() : 1);
    points.push_back({.value = value.name,
                      .calibrator = calibrator_of(model.graph, id, options),
                      .kept = sums.kept,
                      .clipped = sums.clipped,
                      .used_codes = sums.used_codes(),
                      .codes = channels * (point.spec.range.steps() + 1)});
  }
  std::ranges::stable_sort(points, {}, [](const PointTruth& each) { return sqnr_db(each.kept); });
  return points;
}

}  // namespace

NetworkTruth examine(const QuantizedNetwork& network, const Dataset& images,
                     const ExamineOptions& options) {
  const ImageTruth total = run_images(network, images, options.progress);
  return {.images = images.size(),
          .points = point_truths(network, total, options),
          .layers = layer_truths(network.model, total),
          .shared = shared_scales(network.model, total.points)};
}

std::vector<LayerTruth> most_to_blame(const NetworkTruth& truth, std::size_t count) {
  std::vector<LayerTruth> layers = truth.layers;
  std::ranges::stable_sort(layers, std::greater{}, &LayerTruth::drop_db);
  layers.resize(std::min(count, layers.size()));
  std::erase_if(layers, [](const LayerTruth& each) { return each.drop_db <= 0.0; });
  return layers;
}

}  // namespace vernier
