#include "vernier/ptq/integer_world.h"

#include <algorithm>

#include "vernier/base/memory_plan.h"
#include "vernier/base/parallel.h"
#include "vernier/ptq/sampled_sums.h"

namespace vernier {
namespace {

// From the node that makes a value to the one that reads it last; inputs are there before any node.
std::vector<Lifetime> lifetimes(const IntegerGraph& graph, std::span<const Buffer> buffers) {
  std::vector<Lifetime> result(buffers.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const auto step = static_cast<std::int64_t>(i);
    for (const ValueId id : graph.nodes[i].outputs) result[index(id)].first_step = step;
    for (const ValueId id : graph.nodes[i].outputs) result[index(id)].last_step = step;
    for (const ValueId id : graph.nodes[i].inputs) result[index(id)].last_step = step;
  }
  for (std::size_t i = 0; i < buffers.size(); ++i) {
    const Buffer& buffer = buffers[i];
    result[i].bytes = buffer.size == 0 ? 0 : buffer.size * byte_size(buffer.element) + slack_bytes;
  }
  return result;
}

void run(Engine& engine) {
  engine.run(std::span<const std::span<const float>>{}, std::span<const std::span<float>>{});
}

/// Calls body(image, engine) in parallel, with an engine of its own for each worker.
template <typename Body>
void run_images(const NodePlan& plan, std::int64_t images, const Body& body) {
  std::vector<std::optional<Engine>> engines(static_cast<std::size_t>(thread_count()));
  parallel_for(images, [&](std::int64_t image, int worker) {
    auto& engine = engines[static_cast<std::size_t>(worker)];
    if (!engine) engine.emplace(plan.plan);
    body(image, *engine);
  });
}

}  // namespace

IntegerWorld::IntegerWorld(const IntegerGraph& graph, std::int64_t images)
    : graph_(graph),
      images_(images),
      entry_(compile_input(graph, graph.graph.inputs[0])),
      entry_engines_(static_cast<std::size_t>(thread_count())),
      buffers_(kept_buffers(graph)),
      places_(plan_memory(lifetimes(graph, buffers_))),
      arenas_(static_cast<std::size_t>(images)) {}

std::byte* IntegerWorld::memory(ValueId id, std::int64_t image) {
  return arenas_[static_cast<std::size_t>(image)].data() + places_.offsets[index(id)];
}

void IntegerWorld::set_input(std::int64_t image, const Tensor& input, int worker) {
  auto& engine = entry_engines_[static_cast<std::size_t>(worker)];
  if (!engine) engine.emplace(entry_.plan);
  const ValueId id = graph_.graph.inputs[0];
  AlignedBytes floats(input.bytes().begin(), input.bytes().end());
  arenas_[static_cast<std::size_t>(image)] = AlignedBytes(static_cast<std::size_t>(places_.bytes));
  engine->bind(entry_.outputs[0], memory(id, image));
  engine->bind(*entry_.inputs[0], floats.data());
  run(*engine);
}

void IntegerWorld::bind_inputs(Engine& engine, const IntegerNode& node, const NodePlan& plan,
                               std::int64_t image) {
  for (std::size_t i = 0; i < plan.inputs.size(); ++i) {
    if (plan.inputs[i]) engine.bind(*plan.inputs[i], memory(node.inputs[i], image));
  }
}

void IntegerWorld::for_each_image(const IntegerNode& node,
                                  const std::function<void(std::int64_t, const Tensor&)>& body) {
  const ValueId id = node.inputs[0];
  parallel_for(images_, [&](std::int64_t image, int) {
    body(image, dense(buffers_[index(id)], memory(id, image)));
  });
}

void IntegerWorld::for_each_sums(
    const IntegerNode& layer, const std::vector<float>& scales,
    const std::function<void(std::int64_t, std::span<const float>)>& body) {
  const ValueId x = layer.inputs[0];
  SampledSums sums(graph_, layer, buffers_[index(x)], scales);
  parallel_for(images_, [&](std::int64_t image, int worker) {
    body(image, sums.of(image, memory(x, image), worker));
  });
}

void IntegerWorld::advance(std::size_t position) {
  const IntegerNode& node = graph_.nodes[position];
  const NodePlan plan = compile_node(graph_, node);
  run_images(plan, images_, [&](std::int64_t image, Engine& engine) {
    bind_inputs(engine, node, plan, image);
    for (std::size_t i = 0; i < node.outputs.size(); ++i)
      engine.bind(plan.outputs[i], memory(node.outputs[i], image));
    run(engine);
  });
}

std::int64_t bytes_of_an_image(const IntegerGraph& graph) {
  return plan_memory(lifetimes(graph, kept_buffers(graph))).bytes;
}

}  // namespace vernier
