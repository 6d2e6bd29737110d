#include "vernier/ir/quant_graph.h"

#include <cmath>

#include "vernier/base/error.h"

namespace vernier {
namespace {

void check_leader(const QuantGraph& model, const QuantPoint& point, std::string_view name) {
  const QuantPoint* leader = find_point_if_any(model, point.leader);
  if (leader == nullptr) fail("the point of '{}' follows a value that has no point", name);
  if (leader->leader != point.leader) {
    fail("the point of '{}' follows '{}', which follows another", name,
         model.graph[point.leader].name);
  }
  if (leader->spec != point.spec) {
    fail("the point of '{}' has another spec than its leader '{}'", name,
         model.graph[point.leader].name);
  }
}

void check_params(const Value& value, const QuantPoint& point) {
  const bool per_channel = point.spec.granularity == Granularity::per_channel;
  if (per_channel && (!value.constant || value.shape.empty())) {
    fail("the point of '{}' is per channel, but the value is not a weight", value.name);
  }
  const std::size_t count = point.params.size();
  const std::int64_t most = per_channel ? value.shape[0] : 1;
  if (count > 1 && static_cast<std::int64_t>(count) != most) {
    fail("the point of '{}' has {} parameters, expected 1{}", value.name, count,
         per_channel ? fmt::format(" or {}", most) : "");
  }
  for (const QuantParams& params : point.params) {
    if (!(params.scale > 0.0F) || !std::isfinite(params.scale)) {
      fail("the point of '{}' has scale {}, expected a positive number", value.name, params.scale);
    }
    if (params.zero_point < point.spec.range.lo || params.zero_point > point.spec.range.hi) {
      fail("the point of '{}' has zero point {}, outside {}..{}", value.name, params.zero_point,
           point.spec.range.lo, point.spec.range.hi);
    }
  }
}

}  // namespace

const QuantPoint* find_point_if_any(const QuantGraph& model, ValueId id) {
  const auto found = model.points.find(id);
  return found == model.points.end() ? nullptr : &found->second;
}

void verify(const QuantGraph& model) {
  verify(model.graph);
  for (const auto& [id, point] : model.points) {
    if (index(id) >= model.graph.values.size()) {
      fail("a point stands on value number {}, but the graph has {}", index(id),
           model.graph.values.size());
    }
    const Value& value = model.graph[id];
    if (value.dtype != DType::f32) {
      fail("the point of '{}' stands on {} values, expected f32", value.name, name(value.dtype));
    }
    if (point.spec.range.lo >= point.spec.range.hi) {
      fail("the point of '{}' has the range {}..{}", value.name, point.spec.range.lo,
           point.spec.range.hi);
    }
    check_leader(model, point, value.name);
    check_params(value, point);
  }
}

}  // namespace vernier
