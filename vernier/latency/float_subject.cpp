// The float executor on a model, simplified and folded as before calibration.

#include <algorithm>
#include <map>
#include <memory>

#include "vernier/compute/session.h"
#include "vernier/import/import.h"
#include "vernier/ir/macs.h"
#include "vernier/ir/shapes.h"
#include "vernier/latency/subject.h"
#include "vernier/passes/pass.h"

namespace vernier {
namespace {

std::int64_t bytes_of(const Graph& graph, const Node& node) {
  std::int64_t elements = 0;
  for (const auto* ids : {&node.inputs, &node.outputs})
    for (const ValueId id : *ids) elements += element_count(graph[id].shape);
  return elements * static_cast<std::int64_t>(sizeof(float));
}

// A node may take several steps, changes of layout in front of it: the last one has its work.
std::vector<StepWork> works_of(const Graph& graph, const std::vector<StepInfo>& infos) {
  std::vector<StepWork> steps;
  std::map<std::string, std::size_t> last;
  for (const StepInfo& info : infos) {
    last[info.node] = steps.size();
    steps.push_back({.name = info.node, .kind = info.implementation});
  }
  for (const Node& node : graph.nodes) {
    const auto found = last.find(node.name);
    if (found == last.end()) continue;
    steps[found->second].macs = mac_count(graph, node);
    steps[found->second].bytes = bytes_of(graph, node);
  }
  return steps;
}

std::vector<Tensor> inputs_of(const Graph& graph) {
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) {
    const Shape& shape = graph[id].shape;
    inputs.push_back(Tensor::of<float>(shape, bench_input(inputs.size(), element_count(shape))));
  }
  return inputs;
}

}  // namespace

Subject float_subject(const std::filesystem::path& path, const SubjectOptions& options) {
  Graph graph = canonical(import_model(path, {.shapes = options.shapes}));
  const auto session = std::make_shared<Session>(
      graph, SessionOptions{.batch = options.batch, .threads = options.threads});
  infer_shapes(graph, options.batch);
  Subject subject{.precision = "fp32",
                  .steps = works_of(graph, session->steps()),
                  .activation_bytes = session->activation_bytes()};
  const std::vector<Tensor> inputs = inputs_of(graph);
  for (const Tensor& input : inputs) subject.input_sizes.push_back(input.size());
  subject.run = [session, inputs](const StepDone& done) { session->run(inputs, {}, done); };
  return subject;
}

}  // namespace vernier
