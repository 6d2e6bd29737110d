#include "vernier/experiment/examine_layer.h"

#include <algorithm>
#include <map>
#include <utility>

namespace vernier {
namespace {

/// Copies single values of a model, and the points that they have.
class Cutter {
 public:
  explicit Cutter(const QuantGraph& model) : model_(model) {
    part_.graph.any_batch = model.graph.any_batch;
    part_.arithmetic = model.arithmetic;
  }

  ValueId take(ValueId id) {
    const auto [place, fresh] = taken_.try_emplace(id);
    if (!fresh) return place->second;
    place->second = add_value(part_.graph, model_.graph[id]);
    if (const QuantPoint* point = find_point_if_any(model_, id)) {
      QuantPoint own = *point;
      own.leader = place->second;
      part_.points.emplace(place->second, own);
    }
    return place->second;
  }

  QuantGraph& part() { return part_; }

 private:
  const QuantGraph& model_;
  QuantGraph part_;
  std::map<ValueId, ValueId> taken_;
};

}  // namespace

LonelyLayer::LonelyLayer(std::unique_ptr<const QuantGraph> model, Simulation simulation,
                         std::vector<ValueId> inputs)
    : model_(std::move(model)),
      simulation_(std::move(simulation)),
      session_(simulation_.graph, {.tapped = simulation_.tapped}),
      inputs_(std::move(inputs)) {}

std::optional<LonelyLayer> LonelyLayer::cut(const QuantGraph& model, const Node& node) {
  const auto in_float = [&](ValueId id) {
    return model.graph[id].constant || model.graph[id].dtype == DType::f32;
  };
  if (!std::ranges::all_of(node.inputs, in_float) || !std::ranges::all_of(node.outputs, in_float))
    return std::nullopt;
  Cutter cutter(model);
  Node copy = {.name = node.name, .op = node.op};
  std::vector<ValueId> inputs;
  for (const ValueId id : node.inputs) {
    copy.inputs.push_back(cutter.take(id));
    if (model.graph[id].constant || std::ranges::count(inputs, id) != 0) continue;
    inputs.push_back(id);
    cutter.part().graph.inputs.push_back(copy.inputs.back());
  }
  for (const ValueId id : node.outputs) copy.outputs.push_back(cutter.take(id));
  if (cutter.part().points.empty() || inputs.empty()) return std::nullopt;
  cutter.part().graph.outputs = copy.outputs;
  cutter.part().graph.nodes.push_back(std::move(copy));
  auto part = std::make_unique<const QuantGraph>(std::move(cutter.part()));
  Simulation simulation = simulate(*part);
  return LonelyLayer(std::move(part), std::move(simulation), std::move(inputs));
}

Tensor LonelyLayer::run(std::span<const Tensor> operands) {
  session_.run(operands, simulation_.tap);
  return session_.output(0);
}

}  // namespace vernier
