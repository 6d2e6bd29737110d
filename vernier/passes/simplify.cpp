// Brings a graph to its simplest equal: what does nothing goes, what is constant is computed, and
// layers come in one form. Everything here is exact, but for the rounding of folded factors.

#include "vernier/passes/simplify.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "vernier/base/error.h"
#include "vernier/passes/layer.h"
#include "vernier/passes/pass.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

std::int64_t bytes_of(const Tensor& tensor) {
  return static_cast<std::int64_t>(tensor.bytes().size());
}

bool is_identity(const Ints& perm) {
  Ints sorted(perm.size());
  std::iota(sorted.begin(), sorted.end(), 0);
  return perm == sorted;
}

// The shape shows that a slice takes everything, unless a batch may grow under it.
bool takes_all(const Slice& op, bool any_batch) {
  const bool forward = std::ranges::all_of(op.steps, [](std::int64_t step) { return step == 1; });
  return forward && !(any_batch && std::ranges::count(op.axes, 0) > 0);
}

bool does_nothing(const Graph& graph, const Node& node) {
  if (std::holds_alternative<Identity>(node.op)) return true;
  const Value& x = graph[node.inputs.at(0)];
  const Value& y = graph[node.outputs.at(0)];
  if (x.dtype != y.dtype || x.shape != y.shape) return false;
  if (const auto* transpose = std::get_if<Transpose>(&node.op)) return is_identity(transpose->perm);
  if (const auto* slice = std::get_if<Slice>(&node.op)) return takes_all(*slice, graph.any_batch);
  if (const auto* pad = std::get_if<Pad>(&node.op)) {
    return std::ranges::all_of(pad->pads, [](std::int64_t size) { return size == 0; });
  }
  if (std::holds_alternative<Concat>(node.op)) return node.inputs.size() == 1;
  return is_one_of<Reshape, Flatten, Squeeze, Unsqueeze, Expand, Cast>(node.op);
}

// The pads of an operator that sees zeros there, as a pooling does that counts them; else null.
Ints* mergeable_pads(Op& op) {
  if (auto* conv = std::get_if<Conv>(&op)) return &conv->pads;
  auto* pool = std::get_if<AveragePool>(&op);
  if (pool == nullptr || pool->ceil_mode) return nullptr;
  const bool padded = std::ranges::any_of(pool->pads, [](std::int64_t size) { return size != 0; });
  if (padded && !pool->count_include_pad) return nullptr;
  pool->count_include_pad = true;
  return &pool->pads;
}

// The operator with these pads of a whole tensor added to its own; none if it cannot take them.
std::optional<Op> with_pads(Op op, const Ints& pads) {
  Ints* own = mergeable_pads(op);
  if (own == nullptr) return std::nullopt;
  const std::size_t rank = pads.size() / 2;
  const std::size_t spatial = own->size() / 2;
  for (std::size_t i = 0; i < pads.size(); ++i) {
    const std::size_t axis = i % rank;
    if (axis < rank - spatial ? pads[i] != 0 : pads[i] < 0) return std::nullopt;
    if (axis < rank - spatial) continue;
    const std::size_t position = (i < rank ? 0 : spatial) + axis - (rank - spatial);
    (*own)[position] += pads[i];
    const auto* pool = std::get_if<AveragePool>(&op);
    if (pool != nullptr && (*own)[position] >= pool->kernel_shape[position % spatial]) {
      return std::nullopt;
    }
  }
  return op;
}

constexpr std::array<Rule, 8> rules = {
    drop_no_op,    fold_constant, merge_pad,      spatial_mean,
    own_constants, normal_gemm,   matmul_to_gemm, fold_channel_constant,
};

}  // namespace

void simplify(QuantGraph& model, const Profile& /*profile*/) { rewrite(model, rules); }

bool drop_no_op(Graph& graph, NodeId id) {
  const Node& node = graph[id];
  if (node.inputs.empty() || node.outputs.size() != 1) return false;
  return does_nothing(graph, node) && bypass(graph, node);
}

bool fold_constant(Graph& graph, NodeId id) {
  // A small file may ask for a huge constant.
  constexpr std::int64_t most_bytes = std::int64_t{1} << 26;
  const Node& node = graph[id];
  if (node.inputs.empty() || std::holds_alternative<Foreign>(node.op)) return false;
  std::vector<Tensor> operands;
  std::int64_t allowed = most_bytes;
  for (const ValueId input : node.inputs) {
    if (!graph[input].constant) return false;
    operands.push_back(*graph[input].constant);
    allowed += 8 * bytes_of(operands.back());
  }
  for (const ValueId output : node.outputs) {
    const Value& value = graph[output];
    allowed -= element_count(value.shape) * byte_size(value.dtype);
  }
  if (allowed < 0) return false;
  std::vector<Tensor> results;
  try {
    results = evaluate(node.op, operands);
  } catch (const Error& error) {
    fail("node '{}': {}", node.name, error.what());
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    graph[node.outputs[i]].constant = results[i];
  }
  graph[id].outputs.clear();
  return true;
}

bool merge_pad(Graph& graph, NodeId id) {
  const ValueId x = graph[id].inputs.empty() ? ValueId{} : graph[id].inputs[0];
  if (!is_one_of<Conv, AveragePool>(graph[id].op) || !used_once(graph, x)) return false;
  const auto before = producer(graph, x);
  if (!before) return false;
  const auto* pad = std::get_if<Pad>(&graph[*before].op);
  if (pad == nullptr || pad->mode != PadMode::constant || pad->value != 0.0F) return false;
  auto merged = with_pads(graph[id].op, pad->pads);
  if (!merged) return false;
  graph[id].op = std::move(*merged);
  graph[id].inputs[0] = graph[*before].inputs[0];
  return true;
}

bool spatial_mean(Graph& graph, NodeId id) {
  const auto* mean = std::get_if<ReduceMean>(&graph[id].op);
  if (mean == nullptr) return false;
  const Value& x = graph[graph[id].inputs[0]];
  if (!is_spatial_mean(*mean, x.shape.size())) return false;
  if (mean->keepdims) {
    graph[id].op = GlobalAveragePool{};
    return true;
  }
  const ValueId pooled = insert_before(graph, id, GlobalAveragePool{}, graph[id].inputs[0]);
  Node& flatten = graph.nodes[index(id) + 1];
  flatten.op = Flatten{};
  flatten.inputs = {pooled};
  return true;
}

}  // namespace vernier
