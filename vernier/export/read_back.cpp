#include "vernier/export/read_back.h"

#include <algorithm>
#include <span>

#include "vernier/base/error.h"
#include "vernier/base/parallel.h"
#include "vernier/base/random.h"
#include "vernier/import/import.h"
#include "vernier/quant/similarity.h"
#include "vernier/reference/evaluate.h"

namespace vernier {
namespace {

// Float sums may be formed in another order, which now and then moves a rounding by one step.
constexpr double least_decibels = 30.0;

std::vector<Tensor> random_inputs(const Graph& graph) {
  Random random(1);
  std::vector<Tensor> inputs;
  for (const ValueId id : graph.inputs) {
    Tensor& tensor = inputs.emplace_back(graph[id].dtype, graph[id].shape);
    if (tensor.dtype() != DType::f32) continue;
    for (float& each : tensor.edit<float>()) each = static_cast<float>(random.normal());
  }
  return inputs;
}

using Values = std::span<const ValueId>;

/// Constants by what they hold, others by name.
bool same_values(const Graph& a, Values left, const Graph& b, Values right) {
  return std::ranges::equal(left, right, [&](ValueId x, ValueId y) {
    const Value& from = a[x];
    const Value& to = b[y];
    if (from.constant || to.constant) return from.constant == to.constant;
    return from.name == to.name && from.dtype == to.dtype && from.shape == to.shape;
  });
}

/// Node by node: then they compute the same.
bool same_nodes(const Graph& a, const Graph& b) {
  return same_values(a, a.inputs, b, b.inputs) && same_values(a, a.outputs, b, b.outputs) &&
         std::ranges::equal(a.nodes, b.nodes, [&](const Node& x, const Node& y) {
           return x.op == y.op && same_values(a, x.inputs, b, y.inputs) &&
                  same_values(a, x.outputs, b, y.outputs);
         });
}

void compare(const Graph& written, const Graph& read) {
  const std::vector<Tensor> inputs = random_inputs(written);
  if (same_nodes(written, read)) {
    evaluate_outputs(read, inputs);  // that it can be run
    return;
  }
  std::vector<Tensor> expected;
  std::vector<Tensor> found;
  parallel_for(2, [&](std::int64_t which, int) {
    if (which == 0) expected = evaluate_outputs(written, inputs);
    if (which == 1) found = evaluate_outputs(read, inputs);
  });
  if (found.size() != expected.size())
    fail("it has {} outputs, expected {}", found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    const std::string& name = written[written.outputs[i]].name;
    if (read[read.outputs[i]].name != name || found[i].shape() != expected[i].shape())
      fail("output '{}' is not there as it was written", name);
    if (found[i].dtype() != DType::f32) continue;
    Similarity sums;
    sums.add(expected[i].view<float>(), found[i].view<float>());
    if (sqnr_db(sums) < least_decibels) {
      fail("output '{}' differs: {:.1f} dB, expected {} or more", name, sqnr_db(sums),
           least_decibels);
    }
  }
}

void check_file(const Graph& meaning, const std::filesystem::path& path) {
  try {
    compare(meaning, import_model(path));
  } catch (const Error& error) {
    std::filesystem::remove(path);
    fail(
        "{}: the file that was written does not read back: {}; it has been deleted, please report "
        "this",
        path.string(), error.what());
  }
}

}  // namespace

void write_checked(const Graph& graph, const OnnxOptions& options,
                   const std::filesystem::path& path) {
  export_onnx(graph, options, path);
  // What is foreign to us nobody here can run.
  if (foreign_operators(graph).empty()) check_file(graph, path);
}

void write_checked(const Graph& graph, const Graph& meaning, const std::filesystem::path& path) {
  export_onnx(graph, path);
  check_file(meaning, path);
}

}  // namespace vernier
