// Batch normalization that is still in the graph, on what it reads once the scales are fixed: mean
// and variance of each channel over all calibration images, with quantization on.
// Li et al., MQBench, NeurIPS 2021, appendix C.3, which runs the network in training mode and
// averages the means and variances of batches. Here normalization after normalization, each on
// inputs that those before it have already corrected: so the figures are those of the network that
// is left, and do not depend on a size of batches. Those that do not depend on each other share a
// pass.

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "vernier/base/parallel.h"
#include "vernier/calib/batches.h"
#include "vernier/calib/simulate.h"
#include "vernier/ptq/method.h"

namespace vernier {
namespace {

constexpr std::size_t mean_input = 3;  // x, gamma, beta, mean, variance
constexpr std::size_t variance_input = 4;

struct ChannelSums {
  double count = 0.0;
  double sum = 0.0;
  double squares = 0.0;
};

using ImageSums = std::vector<ChannelSums>;                  // by channel
using Observed = std::map<ValueId, std::vector<ImageSums>>;  // by image

bool is_calibrated_here(const Graph& graph, const Node& node) {
  return std::holds_alternative<BatchNormalization>(node.op) && !graph[node.inputs[0]].constant &&
         graph[node.inputs[mean_input]].constant && graph[node.inputs[variance_input]].constant;
}

/// Those not done yet whose inputs depend on none that is not done either, as positions.
std::vector<std::size_t> next_ones(const Graph& graph, const std::set<std::size_t>& done) {
  std::vector<std::size_t> result;
  std::vector<bool> waits(graph.values.size(), false);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const Node& node = graph.nodes[i];
    bool blocked = std::ranges::any_of(node.inputs, [&](ValueId id) { return waits[index(id)]; });
    if (!blocked && !done.contains(i) && is_calibrated_here(graph, node)) {
      result.push_back(i);
      blocked = true;
    }
    for (const ValueId id : node.outputs) waits[index(id)] = blocked;
  }
  return result;
}

/// Of one image, out of the executor's layout.
ImageSums sums_of(const ValueView& view, std::int64_t image) {
  const std::int64_t block = view.channel_block;
  const std::int64_t count = std::ssize(view.elements) / view.batch;
  const std::int64_t plane = count / ((view.channels + block - 1) / block * block);
  const auto all = view.elements.subspan(static_cast<std::size_t>(image * count),
                                         static_cast<std::size_t>(count));
  ImageSums sums(static_cast<std::size_t>(view.channels));
  for (std::int64_t channel = 0; channel < view.channels; ++channel) {
    ChannelSums& into = sums[static_cast<std::size_t>(channel)];
    into.count = static_cast<double>(plane);
    for (std::int64_t place = 0; place < plane; ++place) {
      const std::int64_t element = (channel / block * plane + place) * block + channel % block;
      const double x = all[static_cast<std::size_t>(element)];
      into.sum += x;
      into.squares += x * x;
    }
  }
  return sums;
}

/// The simulated network up to `end`, and what it needs to see.
struct Part {
  Simulation simulation;
  std::vector<ValueId> seen;

  Part(const QuantGraph& model, std::size_t end, const Observed& wanted)
      : simulation(simulate(model)) {
    Graph& graph = simulation.graph;
    graph.nodes.resize(end);
    graph.outputs.clear();
    const auto made_by = producers(graph);
    const auto is_here = [&](ValueId id) {
      return made_by[index(id)] || std::ranges::find(graph.inputs, id) != graph.inputs.end();
    };
    for (const auto& [id, sums] : wanted) graph.outputs.push_back(id);
    std::erase_if(simulation.tapped, [&](ValueId id) { return !is_here(id); });
    std::set<ValueId> all(simulation.tapped.begin(), simulation.tapped.end());
    all.insert(graph.outputs.begin(), graph.outputs.end());
    seen.assign(all.begin(), all.end());
  }
};

/// The sums of every wanted value and image.
void observe(const Part& part, const QuantGraph& model, const Dataset& images, Observed& observed) {
  std::vector<std::optional<Session>> sessions(static_cast<std::size_t>(thread_count()));
  const auto see = [&](const Batch& batch, int worker) {
    auto& session = sessions[static_cast<std::size_t>(worker)];
    if (!session) {
      session.emplace(part.simulation.graph,
                      SessionOptions{.batch = batch.inputs.shape()[0], .tapped = part.seen});
    }
    session->run({&batch.inputs, 1}, [&](const ValueView& view) {
      if (model.points.contains(view.id)) part.simulation.tap(view);
      const auto found = observed.find(view.id);
      if (found == observed.end()) return;
      for (std::size_t i = 0; i < batch.labels.size(); ++i)
        found->second[static_cast<std::size_t>(batch.first) + i] =
            sums_of(view, static_cast<std::int64_t>(i));
    });
  };
  for_each_batch(images, {.batch = natural_batch(part.simulation.graph)}, see);
}

void set_statistics(Graph& graph, Node& node, const std::vector<ImageSums>& images) {
  const auto mean = own_constant(graph, node, mean_input).edit<float>();
  const auto variance = own_constant(graph, node, variance_input).edit<float>();
  for (std::size_t channel = 0; channel < mean.size(); ++channel) {
    ChannelSums all;  // in the order of the images, whoever saw them
    for (const ImageSums& image : images) {
      all.count += image[channel].count;
      all.sum += image[channel].sum;
      all.squares += image[channel].squares;
    }
    const double centre = all.sum / all.count;
    mean[channel] = static_cast<float>(centre);
    variance[channel] =
        static_cast<float>(std::max((all.squares / all.count) - (centre * centre), 0.0));
  }
}

void calibrate_some(QuantGraph& model, const std::vector<std::size_t>& norms,
                    const Dataset& images) {
  Observed observed;
  for (const std::size_t norm : norms)
    observed[model.graph.nodes[norm].inputs[0]].resize(static_cast<std::size_t>(images.size()));
  observe(Part(model, norms.back(), observed), model, images, observed);
  for (const std::size_t norm : norms) {
    Node& node = model.graph.nodes[norm];
    set_statistics(model.graph, node, observed.at(node.inputs[0]));
  }
}

}  // namespace

QuantGraph bn_calibration(QuantGraph model, const MethodInput& input) {
  const std::int64_t count = std::ranges::count_if(
      model.graph.nodes, [&](const Node& node) { return is_calibrated_here(model.graph, node); });
  if (input.note && count == 0) {
    input.note(
        "bn_calibration: no batch normalization is left in the graph: it is folded; "
        "affine_correction does the same for layers");
  }
  std::set<std::size_t> done;
  while (std::ssize(done) < count) {
    const std::vector<std::size_t> norms = next_ones(model.graph, done);
    calibrate_some(model, norms, input.calibration);
    done.insert(norms.begin(), norms.end());
    if (input.progress) input.progress(std::ssize(done), count);
  }
  verify(model);
  return model;
}

}  // namespace vernier
