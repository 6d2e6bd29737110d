// Files of ranges. Formats and names are those that MQBench writes (Li et al., NeurIPS 2021; its
// deploy/ folder), which the targets' own tools read; where a target documents more, it is named.
// Values are named as the float network of the exporter `onnx` names them.

#include "vernier/export/ranges.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "vernier/base/error.h"
#include "vernier/base/files.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

using Json = nlohmann::ordered_json;

/// A point whose parameters are decided.
struct Ranged {
  std::string name;
  IntRange range;
  std::vector<QuantParams> params;
  bool weight = false;

  int bits() const { return static_cast<int>(std::ceil(std::log2(range.steps()))); }
  float least(const QuantParams& each) const { return dequantize(range.lo, each); }
  float most(const QuantParams& each) const { return dequantize(range.hi, each); }
};

/// The name in the float network: a Quantize node there is only its operand.
std::string float_name(const Graph& graph, ValueId id) {
  for (const Node& node : graph.nodes) {
    if (node.outputs[0] == id && std::holds_alternative<Quantize>(node.op))
      return graph[node.inputs[0]].name;
  }
  return graph[id].name;
}

std::vector<Ranged> ranged(const QuantGraph& model) {
  std::vector<Ranged> all;
  for (const auto& [id, point] : model.points) {
    const QuantPoint& leader = model.points.at(point.leader);
    all.push_back({.name = float_name(model.graph, id),
                   .range = leader.spec.range,
                   .params = leader.params,
                   .weight = model.graph[id].constant.has_value()});
  }
  return all;
}

void expect(bool holds, const Ranged& point, std::string_view target, std::string_view wanted) {
  if (holds) return;
  fail(
      "'{}' cannot be expressed for {}: scale {}, zero point {}, integers {}..{}; expected {}: "
      "quantize with --profile {}",
      point.name, target, point.params[0].scale, point.params[0].zero_point, point.range.lo,
      point.range.hi, wanted, target);
}

void write_json(const Json& json, const std::filesystem::path& file) {
  write_text(file, json.dump(1) + "\n");
}

std::string record_text(const std::string& name, const Ranged& x, const Ranged& weight) {
  std::string text = fmt::format("record {{\n  key: \"{}\"\n  value {{\n", name);
  text += fmt::format("    scale_d: {}\n    offset_d: {}\n", x.params[0].scale,
                      x.params[0].zero_point - (x.range.lo < 0 ? 0 : 128));
  for (const QuantParams& params : weight.params)
    text += fmt::format("    scale_w: {}\n", params.scale);
  for (const QuantParams& params : weight.params)
    text += fmt::format("    offset_w: {}\n", params.zero_point);
  return text + "  }\n}\n";
}

const Ranged* find_if_any(const std::vector<Ranged>& all, const std::string& name) {
  const auto found = std::ranges::find(all, name, &Ranged::name);
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

// {"tensorrt": {"blob_range": {VALUE: largest magnitude}}}: what setDynamicRange takes.
void write_tensorrt_ranges(const Exported& network, const std::filesystem::path& file) {
  Json ranges = Json::object();
  for (const Ranged& each : ranged(network.model)) {
    if (each.weight) continue;
    expect(each.params[0].zero_point == 0 && each.bits() == 8 && each.range.lo < 0, each,
           "tensorrt", "8 bits around a zero point of 0");
    ranges[each.name] = each.most(each.params[0]);
  }
  write_json({{"tensorrt", {{"blob_range", ranges}}}}, file);
}

// {"activation_encodings": {VALUE: [{"bitwidth", "min", "max"}]}, "param_encodings": the same of
// weights}: the quantization overrides of SNPE's converters.
void write_snpe_encodings(const Exported& network, const std::filesystem::path& file) {
  Json activations = Json::object();
  Json weights = Json::object();
  for (const Ranged& each : ranged(network.model)) {
    Json encodings = Json::array();
    for (const QuantParams& params : each.params) {
      encodings.push_back(
          {{"bitwidth", each.bits()}, {"min", each.least(params)}, {"max", each.most(params)}});
    }
    (each.weight ? weights : activations)[each.name] = encodings;
  }
  write_json({{"activation_encodings", activations}, {"param_encodings", weights}}, file);
}

// Text form of the protobuf message ScaleOffsetRecord: a record a layer, under the name of its
// node, with real = scale * (q - offset) in signed 8 bits. Source: Huawei Ascend, AMCT, record
// files.
void write_acl_record(const Exported& network, const std::filesystem::path& file) {
  const std::vector<Ranged> all = ranged(network.model);
  const Graph& graph = network.model.graph;
  std::string text;
  for (const Node& node : graph.nodes) {
    if (!is_one_of<Conv, ConvTranspose, Gemm>(node.op)) continue;
    const Ranged* x = find_if_any(all, float_name(graph, node.inputs[0]));
    const Ranged* weight = find_if_any(all, graph[node.inputs[1]].name);
    if (x == nullptr || weight == nullptr) continue;  // a layer in float
    expect(x->bits() == 8, *x, "acl", "8 bits");
    expect(weight->bits() <= 8 && weight->params[0].zero_point == 0, *weight, "acl",
           "8 bits around a zero point of 0");
    text += record_text(node.name, *x, *weight);
  }
  write_text(file, text);
}

// {"ppl": {VALUE: {"step", "zero_point", "min", "max", "bit", "type": "biased"}}}
void write_ppl_ranges(const Exported& network, const std::filesystem::path& file) {
  Json ranges = Json::object();
  for (const Ranged& each : ranged(network.model)) {
    const QuantParams& params = each.params[0];
    expect(each.params.size() == 1, each, "ppl",
           "one scale a tensor (weights.granularity: per_tensor)");
    ranges[each.name] = {{"step", params.scale},      {"zero_point", params.zero_point},
                         {"min", each.least(params)}, {"max", each.most(params)},
                         {"bit", each.bits()},        {"type", "biased"}};
  }
  write_json({{"ppl", ranges}}, file);
}

// {"vitis": {VALUE: {"scale"}}}, powers of two per tensor.
void write_vitis_scales(const Exported& network, const std::filesystem::path& file) {
  Json scales = Json::object();
  for (const Ranged& each : ranged(network.model)) {
    int exponent = 0;
    const QuantParams& params = each.params[0];
    expect(each.params.size() == 1 && params.zero_point == 0 &&
               std::frexp(params.scale, &exponent) == 0.5F,
           each, "tvm", "one power of two a tensor, zero point 0");
    scales[each.name] = {{"scale", params.scale}};
  }
  write_json({{"vitis", scales}}, file);
}

}  // namespace vernier
