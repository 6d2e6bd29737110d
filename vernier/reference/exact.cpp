// The reading `exact`: what a quantized network means, one operator after the other.

#include "vernier/reference/exact.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/quant/affine.h"
#include "vernier/reference/evaluate.h"
#include "vernier/reference/exact_linear.h"
#include "vernier/reference/lowering.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

// All values so far: i32 where the value has a format.
struct Values {
  const IntegerGraph& graph;
  std::span<const Tensor> tensors;

  const std::optional<IntegerFormat>& format(ValueId id) const { return graph.formats[index(id)]; }
  // Of a value that is known to have one.
  const IntegerFormat& known_format(ValueId id) const {
    VERNIER_CHECK(format(id).has_value());
    return *format(id);
  }
  const Tensor& operator[](ValueId id) const { return tensors[index(id)]; }
};

Tensor quantized(const Tensor& real, const IntegerFormat& format) {
  Tensor result(DType::i32, real.shape());
  std::ranges::transform(real.view<float>(), result.edit<std::int32_t>().begin(),
                         [&](float x) { return quantize(x, format); });
  return result;
}

Tensor dequantized(const Tensor& integers, const IntegerFormat& format) {
  Tensor result(DType::f32, integers.shape());
  std::ranges::transform(integers.view<std::int32_t>(), result.edit<float>().begin(),
                         [&](std::int32_t q) { return dequantize(q, format.params); });
  return result;
}

Tensor real(const Values& values, ValueId id) {
  return values.format(id) ? dequantized(values[id], values.known_format(id)) : values[id];
}

Tensor less(Tensor integers, std::int32_t subtrahend) {
  for (std::int32_t& q : integers.edit<std::int32_t>()) q -= subtrahend;
  return integers;
}

// Free of the zero point.
Tensor centred(const Values& values, ValueId id) {
  return less(values[id], values.known_format(id).params.zero_point);
}

// Counted from the lowest integer, as FloatBias and FloatMean take and give them.
Tensor from_lowest(const Values& values, ValueId id) {
  return less(values[id], values.known_format(id).range.lo);
}

std::int32_t round_from_lowest(const AffineRounding& rounding, float x, const OutputRange& output,
                               std::int32_t lowest) {
  return lowest + round_affine(rounding, x, {output.clamp.lo - lowest, output.clamp.hi - lowest});
}

// Any operator that only moves or selects: 16 bits are exact in float32, and 0.0 is what padding
// inserts.
std::vector<Tensor> compute(const IntegerMove& move, const IntegerNode& node,
                            const Values& values) {
  std::vector<Tensor> operands;
  for (const ValueId id : node.inputs) {
    operands.push_back(values.format(id) ? dequantized(centred(values, id), {}) : values[id]);
  }
  std::vector<Tensor> results = evaluate(move.op, operands);
  for (std::size_t i = 0; i < results.size(); ++i) {
    IntegerFormat steps = values.known_format(node.outputs[i]);
    steps.params.scale = 1.0F;
    steps.from_float.reset();
    results[i] = quantized(results[i], steps);
  }
  return results;
}

// An operand under numpy's broadcasting.
Tensor expanded(const Tensor& x, const Shape& shape) {
  return evaluate(Expand{.shape = shape}, std::span(&x, 1))[0];
}

std::vector<Tensor> compute(const IntegerBinary& op, const IntegerNode& node,
                            const Values& values) {
  // A fused addition takes the integers themselves.
  const bool whole = op.fused && !op.multiply;
  Tensor a = whole ? values[node.inputs[0]] : centred(values, node.inputs[0]);
  Tensor b = whole ? values[node.inputs[1]] : centred(values, node.inputs[1]);
  b = expanded(b, a.shape());
  a = expanded(a, b.shape());
  const std::span<std::int32_t> y = a.edit<std::int32_t>();
  const std::span<const std::int32_t> other = std::as_const(b).view<std::int32_t>();
  for (std::size_t i = 0; i < y.size(); ++i) {
    if (op.fused) {
      y[i] = (op.multiply ? multiply_fused : add_fused)(*op.fused, y[i], other[i], op.output.clamp);
      continue;
    }
    if (op.rescaled) {
      y[i] = add_rescaled(values.graph.requantization, *op.rescaled, y[i], other[i], op.output);
      continue;
    }
    const std::int32_t sum = op.multiply ? y[i] * other[i] : y[i];
    const std::int32_t addend = op.multiply ? 0 : other[i];
    y[i] = requantize(values.graph.requantization, op.requantizer, sum, addend, op.output);
  }
  return {a};
}

std::vector<Tensor> compute(const IntegerTable& op, const IntegerNode& node, const Values& values) {
  Tensor y = values[node.inputs[0]];
  const std::int32_t lo = values.known_format(node.inputs[0]).range.lo;
  for (std::int32_t& q : y.edit<std::int32_t>()) q = op.table[static_cast<std::size_t>(q - lo)];
  return {y};
}

std::vector<Tensor> compute(const FloatNode& op, const IntegerNode& node, const Values& values) {
  std::vector<Tensor> operands;
  for (const ValueId id : node.inputs) operands.push_back(real(values, id));
  std::vector<Tensor> results = evaluate(op.op, operands);
  for (std::size_t i = 0; i < results.size(); ++i) {
    const auto& format = values.format(node.outputs[i]);
    if (format) results[i] = quantized(results[i], *format);
  }
  return results;
}

// The shape of a result for the batch of its operand.
Shape batched(const Values& values, ValueId id, const Tensor& operand) {
  Shape shape = values.graph.graph[id].shape;
  shape[0] = operand.shape()[0];
  return shape;
}

// What an average sums up.
Tensor summands(const IntegerAverage& op, const Values& values, ValueId id) {
  if (op.mean) return from_lowest(values, id);
  return op.quotient ? values[id] : centred(values, id);
}

// From the sum of a window.
std::int32_t average(const IntegerAverage& op, const Requantizer& requantizer, std::int32_t sum,
                     const Values& values, ValueId result) {
  if (op.mean) {
    return round_from_lowest(op.mean->rounding, mean_of(*op.mean, sum, requantizer.multiplier),
                             op.output, values.known_format(result).range.lo);
  }
  if (op.quotient) {
    return std::clamp(rounded_quotient(sum, requantizer.integer_multiplier), op.output.clamp.lo,
                      op.output.clamp.hi);
  }
  return requantize(values.graph.requantization, requantizer, sum, 0, op.output);
}

std::vector<Tensor> compute(const IntegerAverage& op, const IntegerNode& node,
                            const Values& values) {
  const Tensor x = summands(op, values, node.inputs[0]);
  Tensor y(DType::i32, batched(values, node.outputs[0], x));
  const Window window = spatial_window(op.op, x.shape(), y.shape());
  const std::vector<std::int64_t> counts = window_counts(op.op, window);
  const std::int32_t* plane = x.view<std::int32_t>().data();
  const std::span<std::int32_t> all = y.edit<std::int32_t>();
  for (std::size_t first = 0; first < all.size(); first += counts.size()) {
    const std::span<std::int32_t> sums = all.subspan(first, counts.size());
    for (std::int64_t tap = 0; tap < window.taps(); ++tap) {
      for_each_row(window, tap, [&](std::int64_t fine, std::int64_t coarse, std::int64_t count) {
        for (std::int64_t i = 0; i < count; ++i) {
          sums[static_cast<std::size_t>(coarse + i)] += plane[fine + i * window.strides[2]];
        }
      });
    }
    for (std::size_t i = 0; i < sums.size(); ++i)
      sums[i] = average(op, op.requantizers.at(counts[i]), sums[i], values, node.outputs[0]);
    plane += window.fine_size();
  }
  return {y};
}

// sums [N, O, ...] to floats.
Tensor scaled(const IntegerLinear& op, const Tensor& sums) {
  Tensor y(DType::f32, sums.shape());
  const std::span<const std::int32_t> sum = sums.view<std::int32_t>();
  const std::span<float> result = y.edit<float>();
  const std::size_t channels = op.bias.size();
  const std::size_t plane = sum.size() / static_cast<std::size_t>(sums.shape()[0]) / channels;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    const std::size_t channel = i / plane % channels;
    const float scale = op.output_scales[channel];
    result[i] = op.float_biases.empty()
                    ? static_cast<float>(sum[i]) * scale
                    : biased(sum[i] - op.bias[channel], scale, op.float_biases[channel]);
  }
  return y;
}

Tensor activated(const IntegerLinear& op, Tensor values) {
  for (float& value : values.edit<float>())
    value = std::clamp(value, op.activation.lo, op.activation.hi);
  return values;
}

// Integers of a layer with float biases, from scaled().
Tensor finished(const IntegerLinear& op, const IntegerNode& node, const Values& values,
                const Tensor& reals) {
  Tensor y(DType::i32, reals.shape());
  const Tensor addend = node.inputs.size() > 1 ? from_lowest(values, node.inputs[1]) : Tensor();
  const std::int32_t lowest = values.known_format(node.outputs[0]).range.lo;
  const std::span<std::int32_t> result = y.edit<std::int32_t>();
  for (std::size_t i = 0; i < result.size(); ++i) {
    float value = reals.view<float>()[i];
    if (node.inputs.size() > 1)
      value = with_addend(*op.finish, value, addend.view<std::int32_t>()[i]);
    result[i] = round_from_lowest(op.finish->rounding, value, op.output, lowest);
  }
  return y;
}

std::vector<Tensor> compute(const IntegerLinear& op, const IntegerNode& node,
                            const Values& values) {
  const Tensor x = centred(values, node.inputs[0]);
  Tensor y = linear_sums(op, x, batched(values, node.outputs[0], x));
  if (gives_floats(op)) return {activated(op, scaled(op, y))};
  if (op.finish) return {finished(op, node, values, scaled(op, y))};

  const Tensor addend = node.inputs.size() > 1 ? centred(values, node.inputs[1]) : Tensor();
  const std::span<const std::int32_t> addends =
      node.inputs.size() > 1 ? addend.view<std::int32_t>() : std::span<const std::int32_t>();
  const std::span<std::int32_t> sum = y.edit<std::int32_t>();
  const std::size_t channels = op.bias.size();
  const std::size_t plane = sum.size() / static_cast<std::size_t>(y.shape()[0]) / channels;
  for (std::size_t i = 0; i < sum.size(); i += plane) {
    if (!op.double_ratios.empty()) {
      for (std::int32_t& each : sum.subspan(i, plane))
        each = requantize_in_double(op.double_ratios[i / plane % channels], each, op.output);
      continue;
    }
    requantize(values.graph.requantization, op.requantizers[i / plane % channels],
               sum.subspan(i, plane), addends.empty() ? addends : addends.subspan(i, plane),
               op.output);
  }
  return {y};
}

}  // namespace

std::vector<Tensor> exact_inputs(const IntegerGraph& graph, std::span<const Tensor> inputs) {
  VERNIER_CHECK(inputs.size() == graph.graph.inputs.size());
  std::vector<Tensor> values(graph.graph.values.size());
  const auto set = [&](ValueId id, const Tensor& tensor) {
    auto format = graph.formats[index(id)];
    if (format && graph.graph[id].constant) format->from_float.reset();  // integers already
    values[index(id)] = format ? quantized(tensor, *format) : tensor;
  };
  for (std::size_t i = 0; i < inputs.size(); ++i) set(graph.graph.inputs[i], inputs[i]);
  // Only the constants that nodes read: a layer has its weight in itself.
  for (const IntegerNode& node : graph.nodes) {
    for (const ValueId id : node.inputs) {
      const auto& constant = graph.graph[id].constant;
      if (constant && values[index(id)].shape() == Shape{0}) set(id, *constant);
    }
  }
  for (const ValueId id : graph.graph.outputs) {
    if (graph.graph[id].constant) set(id, *graph.graph[id].constant);
  }
  return values;
}

std::vector<Tensor> run_exact_node(const IntegerGraph& graph, const IntegerNode& node,
                                   std::span<const Tensor> values) {
  return std::visit([&](const auto& op) { return compute(op, node, {graph, values}); }, node.op);
}

std::vector<Tensor> run_exact_values(const IntegerGraph& graph, std::span<const Tensor> inputs) {
  std::vector<Tensor> values = exact_inputs(graph, inputs);
  for (const IntegerNode& node : graph.nodes) {
    std::vector<Tensor> results = run_exact_node(graph, node, values);
    for (std::size_t i = 0; i < results.size(); ++i)
      values[index(node.outputs[i])] = std::move(results[i]);
  }
  return values;
}

std::vector<Tensor> run_exact(const IntegerGraph& graph, std::span<const Tensor> inputs) {
  const std::vector<Tensor> values = run_exact_values(graph, inputs);
  std::vector<Tensor> outputs;
  for (const ValueId id : graph.graph.outputs) outputs.push_back(real({graph, values}, id));
  return outputs;
}

}  // namespace vernier
