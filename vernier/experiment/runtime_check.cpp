#include "vernier/experiment/runtime_check.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "vernier/base/error.h"
#include "vernier/base/table.h"
#include "vernier/calib/batches.h"
#include "vernier/export/export.h"
#include "vernier/reference/exact.h"

namespace vernier {
namespace {

struct IntegerDifference {
  std::int64_t count = 0;
  std::int64_t largest = 0;
};

/// A file may hold signed integers with 128 added.
IntegerDifference compare(const Tensor& ours, const Tensor& theirs, const IntegerFormat& format) {
  IntegerDifference difference;
  const std::int64_t shift = format.range.lo < 0 && theirs.dtype() == DType::u8 ? 128 : 0;
  const auto left = ours.view<std::int32_t>();
  visit_dtype(theirs.dtype(), [&](auto zero) {
    using Type = decltype(zero);
    const auto right = theirs.view<Type>();
    for (std::size_t i = 0; i < left.size(); ++i) {
      const std::int64_t distance = std::abs(left[i] + shift - static_cast<std::int64_t>(right[i]));
      difference.count += distance != 0 ? 1 : 0;
      difference.largest = std::max(difference.largest, distance);
    }
  });
  return difference;
}

/// Why a runtime may compute a node in float.
std::string float_reason(const IntegerNode& node) {
  if (const auto* island = std::get_if<FloatNode>(&node.op)) return island->reason;
  const auto* layer = std::get_if<IntegerLinear>(&node.op);
  if (layer != nullptr && gives_floats(*layer)) return "its result is float";
  if (layer != nullptr && node.inputs.size() > 1)
    return "a residual is added before the one rounding";
  return "the runtime has it in float only";
}

/// The name of a value's integers in a QDQ file.
std::string integers_name(const Value& value) { return value.name + ".quantized"; }

}  // namespace

RuntimeCheck::RuntimeCheck(const std::string& runtime, std::filesystem::path folder,
                           const QuantizedNetwork& network)
    : runtime_(runnable_runtime(runtime)), folder_(std::move(folder)), network_(network) {
  if (!std::filesystem::exists(model())) {
    fail("{}: there is no such file; `vernier export {} --to {}` writes it", model().string(),
         folder_.string(), runtime_.exporter);
  }
}

std::filesystem::path RuntimeCheck::model() const {
  return folder_ / find(exporters(), runtime_.exporter, "exporter").file;
}

std::int64_t RuntimeCheck::file_bytes() const {
  return static_cast<std::int64_t>(std::filesystem::file_size(model()));
}

RuntimeTask RuntimeCheck::task() const {
  return {.model = model(),
          .folder = folder_ / fmt::format("{}.part", runtime_.name),
          .batch = natural_batch(network_.float_graph)};
}

RuntimeRun RuntimeCheck::run(const Dataset& dataset) const {
  RuntimeRun run = run_in(runtime_, task(), dataset);
  for (std::vector<RuntimeNode>* nodes : {&run.report.layers, &run.report.islands}) {
    for (RuntimeNode& each : *nodes) {
      const auto node = std::ranges::find(network_.integers.nodes, each.name, &IntegerNode::name);
      if (!each.integer && node != network_.integers.nodes.end()) each.reason = float_reason(*node);
    }
  }
  return run;
}

std::string RuntimeCheck::first_difference(const Dataset& image) const {
  const IntegerGraph& integers = network_.integers;
  RuntimeTask task = this->task();
  task.batch = 1;
  for (const IntegerNode& node : integers.nodes) {
    for (const ValueId id : node.outputs)
      if (integers.formats[index(id)]) task.values.push_back(integers_name(integers.graph[id]));
  }
  const RuntimeRun run = run_in(runtime_, task, image);
  const Sample sample = image.load(0);
  Shape shape = sample.input.shape();
  shape.insert(shape.begin(), 1);
  const Tensor input = sample.input.reshaped(shape);
  const std::vector<Tensor> ours = run_exact_values(integers, {&input, 1});
  for (const IntegerNode& node : integers.nodes) {
    for (const ValueId id : node.outputs) {
      const auto found = std::ranges::find(run.value_names, integers_name(integers.graph[id]));
      if (found == run.value_names.end()) continue;
      const Tensor& theirs = run.values[static_cast<std::size_t>(found - run.value_names.begin())];
      if (theirs.shape() != ours[index(id)].shape() || theirs.dtype() == DType::f32) continue;
      const IntegerDifference difference =
          compare(ours[index(id)], theirs, *integers.formats[index(id)]);
      if (difference.count == 0) continue;
      return fmt::format("{}: '{}' is the first to differ, in {} of {} integers, by {} at most",
                         image.name(0), node.name, difference.count, theirs.size(),
                         difference.largest);
    }
  }
  if (run.value_names.empty()) return "";
  return fmt::format("{}: all integers that {} shows are ours; what is behind them differs",
                     image.name(0), runtime_.name);
}

}  // namespace vernier
