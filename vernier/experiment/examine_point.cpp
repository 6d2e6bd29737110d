#include "vernier/experiment/examine_point.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "vernier/quant/affine.h"

namespace vernier {
namespace {

float width(const PointSums& sums) { return sums.hi - sums.lo; }

/// Operands with points of their own that were seen.
std::vector<ValueId> operands_seen(const QuantGraph& model, const Node& node,
                                   std::span<const PointSums> sums) {
  std::vector<ValueId> seen;
  for (const ValueId id : node.inputs) {
    if (model.points.contains(id) && width(sums[index(id)]) > 0.0F) seen.push_back(id);
  }
  return seen;
}

bool share_parameters(const QuantGraph& model, std::span<const ValueId> values) {
  return std::ranges::all_of(values, [&](ValueId id) {
    return model.points.at(id).params == model.points.at(values[0]).params;
  });
}

double loss_db(const PointSums& sums, const QuantSpec& spec) {
  const double step = choose_params({sums.lo, sums.hi}, spec).scale;
  const double own = static_cast<double>(sums.nonzero) * step * step / 12.0;
  return std::max(0.0, 10.0 * std::log10(sums.kept.squared_error / own));
}

}  // namespace

void PointSums::add(std::span<const float> expected, std::span<const float> values,
                    const QuantParams& params, const QuantSpec& spec) {
  const Range range = representable(params, spec);
  const float half = params.scale / 2.0F;
  std::vector<std::int32_t> integers(values.size());
  quantize(values, params, spec, integers);
  std::vector<float> held(values.size());
  codes.resize(static_cast<std::size_t>(spec.range.steps()) + 1);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const float value = expected[i];
    held[i] = dequantize(integers[i], params);
    codes[static_cast<std::size_t>(integers[i] - spec.range.lo)] = true;
    clipped += value < range.lo - half || value > range.hi + half ? 1 : 0;
    nonzero += value != 0.0F ? 1 : 0;
    lo = std::min(lo, value);
    hi = std::max(hi, value);
  }
  kept.add(expected, held);
}

void PointSums::add(const PointSums& other) {
  kept.add(other.kept);
  clipped += other.clipped;
  nonzero += other.nonzero;
  lo = std::min(lo, other.lo);
  hi = std::max(hi, other.hi);
  codes.resize(std::max(codes.size(), other.codes.size()));
  for (std::size_t i = 0; i < other.codes.size(); ++i) codes[i] = codes[i] || other.codes[i];
}

std::int64_t PointSums::used_codes() const { return std::ranges::count(codes, true); }

PointSums sums_of_weight(std::span<const float> expected, std::span<const float> weight,
                         const QuantPoint& point) {
  PointSums total;
  std::vector<bool> codes;
  const std::size_t channels = point.params.size();
  const std::size_t count = weight.size() / channels;
  for (std::size_t channel = 0; channel < channels; ++channel) {
    PointSums own;
    own.add(expected.subspan(channel * count, count), weight.subspan(channel * count, count),
            point.params[channel], point.spec);
    codes.insert(codes.end(), own.codes.begin(), own.codes.end());
    own.codes.clear();
    total.add(own);
  }
  total.codes = std::move(codes);
  return total;
}

std::vector<SharedScale> shared_scales(const QuantGraph& model, std::span<const PointSums> sums) {
  std::vector<SharedScale> shared;
  for (const Node& node : model.graph.nodes) {
    if (!is_one_of<Concat, Add>(node.op)) continue;
    const std::vector<ValueId> operands = operands_seen(model, node, sums);
    if (operands.size() < 2 || !share_parameters(model, operands)) continue;
    const auto [narrow, wide] =
        std::ranges::minmax(operands, {}, [&](ValueId id) { return width(sums[index(id)]); });
    const double ratio = double{width(sums[index(wide)])} / width(sums[index(narrow)]);
    if (ratio <= wide_ratio) continue;
    shared.push_back({.node = node.name,
                      .value = model.graph[narrow].name,
                      .ratio = ratio,
                      .loss_db = loss_db(sums[index(narrow)], model.points.at(narrow).spec)});
  }
  std::ranges::stable_sort(shared, std::greater{}, &SharedScale::loss_db);
  return shared;
}

}  // namespace vernier
