#include "vernier/reference/exact_columns.h"

#include "vernier/base/error.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

// Where each tap meets x, [taps, places], -1 outside.
std::vector<std::int64_t> sources_of(const Window& window, std::span<const std::int64_t> places) {
  std::vector<std::int64_t> sources;
  for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
    for (const std::int64_t place : places) sources.push_back(fine_place(window, tap, place));
  }
  return sources;
}

Window window_of(const IntegerGraph& graph, const IntegerNode& layer, const Shape& x) {
  const auto& linear = std::get<IntegerLinear>(layer.op);
  if (std::holds_alternative<Gemm>(linear.op)) return {};
  VERNIER_CHECK(std::holds_alternative<Conv>(linear.op));
  return spatial_window(linear.op, x, graph.graph[layer.outputs[0]].shape,
                        std::span(linear.weight.shape()).subspan(2));
}

}  // namespace

Tensor exact_columns(const IntegerGraph& graph, const IntegerNode& layer, const Tensor& x,
                     std::span<const std::int64_t> places) {
  const Window window = window_of(graph, layer, x.shape());
  const std::vector<std::int64_t> sources = sources_of(window, places);
  const std::int32_t zero_point = graph.formats[index(layer.inputs[0])]->params.zero_point;
  Tensor columns(DType::i32, {x.shape()[0], x.shape()[1] * window.taps(), std::ssize(places)});
  const std::int32_t* plane = x.view<std::int32_t>().data();
  std::int32_t* column = columns.edit<std::int32_t>().data();
  for (std::int64_t i = 0; i < x.shape()[0] * x.shape()[1]; ++i) {
    for (const std::int64_t source : sources)
      *column++ = source < 0 ? 0 : plane[source] - zero_point;
    plane += window.fine_size();
  }
  return columns;
}

}  // namespace vernier
