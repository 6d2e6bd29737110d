#include "vernier/ptq/integer_world.h"

#include <algorithm>

#include "vernier/base/parallel.h"
#include "vernier/reference/exact.h"

namespace vernier {
namespace {

bool fits_a_byte(const std::optional<IntegerFormat>& format) {
  return format && format->range.steps() <= 255;
}

/// The node that reads each value last; that which makes it, where nobody reads it.
std::vector<std::size_t> last_readers(const IntegerGraph& graph) {
  std::vector<std::size_t> last(graph.graph.values.size(), 0);
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].inputs) last[index(id)] = i;
    for (const ValueId id : graph.nodes[i].outputs) last[index(id)] = i;
  }
  return last;
}

}  // namespace

IntegerWorld::IntegerWorld(const IntegerGraph& graph, std::int64_t images)
    : graph_(graph),
      last_reader_(last_readers(graph)),
      constants_(graph.graph.values.size()),
      stored_(graph.graph.values.size()),
      images_(images) {
  for (const ValueId id : graph.graph.inputs)
    stored_[index(id)].resize(static_cast<std::size_t>(images));
}

Tensor IntegerWorld::packed(const Tensor& integers, ValueId id) const {
  const auto& format = graph_.formats[index(id)];
  if (!fits_a_byte(format)) return integers;
  Tensor bytes(DType::u8, integers.shape());
  std::ranges::transform(
      integers.view<std::int32_t>(), bytes.edit<std::uint8_t>().begin(),
      [&](std::int32_t q) { return static_cast<std::uint8_t>(q - format->range.lo); });
  return bytes;
}

Tensor IntegerWorld::unpacked(const Tensor& stored, ValueId id) const {
  const auto& format = graph_.formats[index(id)];
  if (!fits_a_byte(format)) return stored;
  Tensor integers(DType::i32, stored.shape());
  std::ranges::transform(stored.view<std::uint8_t>(), integers.edit<std::int32_t>().begin(),
                         [&](std::uint8_t byte) { return byte + format->range.lo; });
  return integers;
}

void IntegerWorld::set_input(std::int64_t image, const Tensor& input) {
  std::vector<Tensor> values = exact_inputs(graph_, {&input, 1});
  const ValueId id = graph_.graph.inputs[0];
  auto& places = stored_[index(id)];
  if (image == 0) constants_ = values;
  places[static_cast<std::size_t>(image)] = packed(values[index(id)], id);
}

void IntegerWorld::for_each_image(
    const IntegerNode& node,
    const std::function<void(std::int64_t, std::span<const Tensor>)>& body) const {
  std::vector<std::vector<Tensor>> scratch(static_cast<std::size_t>(thread_count()), constants_);
  parallel_for(images_, [&](std::int64_t image, int worker) {
    std::vector<Tensor>& values = scratch[static_cast<std::size_t>(worker)];
    for (const ValueId id : node.inputs) {
      if (graph_.graph[id].constant) continue;
      values[index(id)] = unpacked(stored_[index(id)][static_cast<std::size_t>(image)], id);
    }
    body(image, values);
  });
}

void IntegerWorld::advance(std::size_t position) {
  const IntegerNode& node = graph_.nodes[position];
  for (const ValueId id : node.outputs)
    stored_[index(id)].resize(static_cast<std::size_t>(images_));
  for_each_image(node, [&](std::int64_t image, std::span<const Tensor> values) {
    const std::vector<Tensor> results = run_exact_node(graph_, node, values);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const ValueId id = node.outputs[i];
      stored_[index(id)][static_cast<std::size_t>(image)] = packed(results[i], id);
    }
  });
  const auto drop = [&](ValueId id) {
    if (last_reader_[index(id)] == position) stored_[index(id)] = {};
  };
  std::ranges::for_each(node.inputs, drop);
  std::ranges::for_each(node.outputs, drop);
}

std::int64_t most_live_bytes(const IntegerGraph& graph) {
  const std::vector<std::size_t> last = last_readers(graph);
  const auto bytes = [&](ValueId id) {
    const std::int64_t size = fits_a_byte(graph.formats[index(id)]) ? 1 : 4;
    return graph.graph[id].constant ? 0 : size * element_count(graph.graph[id].shape);
  };
  std::int64_t live = 0;
  for (const ValueId id : graph.graph.inputs) live += bytes(id);
  std::int64_t most = live;
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    for (const ValueId id : graph.nodes[i].outputs) live += bytes(id);
    most = std::max(most, live);
    for (std::size_t value = 0; value < last.size(); ++value) {
      const auto id = static_cast<ValueId>(value);
      const auto& inputs = graph.nodes[i].inputs;
      const auto& outputs = graph.nodes[i].outputs;
      const bool mentioned =
          std::ranges::count(inputs, id) > 0 || std::ranges::count(outputs, id) > 0;
      if (last[value] == i && mentioned) live -= bytes(id);
    }
  }
  return most;
}

}  // namespace vernier
