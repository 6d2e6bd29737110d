#include "vernier/export/qdq_values.h"

#include <algorithm>

#include "vernier/base/error.h"
#include "vernier/quant/affine.h"

namespace vernier {
namespace {

IntRange limits(DType dtype) {
  return dtype == DType::u8    ? IntRange{0, 255}
         : dtype == DType::i8  ? IntRange{-128, 127}
         : dtype == DType::u16 ? IntRange{0, 65535}
                               : IntRange{-32768, 32767};
}

}  // namespace

IntegerFormat as_unsigned(IntegerFormat format) {
  constexpr std::int32_t shift = 128;
  if (format.range.lo >= 0 || format.range.lo < -shift || format.range.hi >= shift) return format;
  format.range = {format.range.lo + shift, format.range.hi + shift};
  format.params.zero_point += shift;
  return format;
}

DType container(IntRange range, const std::string& name) {
  for (const DType dtype : {DType::u8, DType::i8, DType::u16, DType::i16}) {
    const IntRange all = limits(dtype);
    if (range.lo >= all.lo && range.hi <= all.hi) return dtype;
  }
  fail("'{}' has integers {}..{}, which no ONNX type of 8 or 16 bits holds", name, range.lo,
       range.hi);
}

Tensor stored(DType dtype, const Shape& shape, std::span<const std::int32_t> integers) {
  Tensor tensor(dtype, shape);
  visit_dtype(dtype, [&](auto zero) {
    using Type = decltype(zero);
    std::ranges::transform(integers, tensor.edit<Type>().begin(),
                           [](std::int32_t each) { return static_cast<Type>(each); });
  });
  return tensor;
}

std::optional<IntRange> narrowed(const IntegerFormat& format, IntRange clamp) {
  const IntRange all = limits(container(format.range, ""));
  const bool narrow_range = format.range.lo == all.lo + 1 && clamp.lo == format.range.lo;
  const bool full = clamp.hi == all.hi && (clamp.lo == all.lo || narrow_range);
  return full ? std::nullopt : std::optional(clamp);
}

Activation& activation_field(Op& op) {
  if (auto* conv = std::get_if<Conv>(&op)) return conv->activation;
  if (auto* transposed = std::get_if<ConvTranspose>(&op)) return transposed->activation;
  if (auto* gemm = std::get_if<Gemm>(&op)) return gemm->activation;
  if (auto* sum = std::get_if<Add>(&op)) return sum->activation;
  return std::get<Mul>(op).activation;
}

std::string QdqValues::fresh(const std::string& base) const {
  std::string name = base;
  for (int number = 2; find_value_if_any(graph, name); ++number)
    name = fmt::format("{}.{}", base, number);
  return name;
}

void QdqValues::append(Op op, std::vector<ValueId> inputs, ValueId y) {
  const std::string name = fmt::format("{}/{}", graph[y].name, type_name(op));
  graph.nodes.push_back({name, std::move(op), std::move(inputs), {y}});
}

ValueId QdqValues::dequantized(const std::string& name, QdqConstant constant) {
  const Shape shape = constant.integers.shape();
  const std::vector<ValueId> inputs = {
      add_constant(graph, fresh(name + ".quantized"), std::move(constant.integers)),
      add_constant(graph, fresh(name + ".scale"), std::move(constant.scales)),
      add_constant(graph, fresh(name + ".zero_point"), std::move(constant.zero_points))};
  const ValueId id = add_value(graph, {.name = fresh(name + ".dequantized"), .shape = shape});
  append(DequantizeLinear{.axis = constant.axis}, inputs, id);
  return id;
}

ValueId QdqValues::constant(const Value& value, const std::optional<IntegerFormat>& format) {
  VERNIER_CHECK(value.constant.has_value());
  if (!format) return add_constant(graph, value.name, *value.constant);
  std::vector<std::int32_t> integers(static_cast<std::size_t>(value.constant->size()));
  quantize(value.constant->view<float>(), format->params,
           {.range = format->range, .rounding = format->rounding}, integers);
  const DType type = container(format->range, value.name);
  return dequantized(value.name,
                     {.integers = stored(type, value.shape, integers),
                      .scales = Tensor::of<float>({}, std::span(&format->params.scale, 1)),
                      .zero_points = stored(type, {}, std::span(&format->params.zero_point, 1))});
}

ValueId QdqValues::pair(ValueId x, const IntegerFormat& format, const std::string& name,
                        const std::string& result) {
  const DType type = container(format.range, name);
  const ValueId scale = add_constant(graph, fresh(name + ".scale"),
                                     Tensor::of<float>({}, std::span(&format.params.scale, 1)));
  const ValueId zero = add_constant(graph, fresh(name + ".zero_point"),
                                    stored(type, {}, std::span(&format.params.zero_point, 1)));
  const Shape shape = graph[x].shape;
  const ValueId q =
      add_value(graph, {.name = fresh(name + ".quantized"), .dtype = type, .shape = shape});
  append(QuantizeLinear{.to = type}, {x, scale, zero}, q);
  const ValueId y = add_value(graph, {.name = fresh(result), .shape = shape});
  append(DequantizeLinear{}, {q, scale, zero}, y);
  return y;
}

ValueId QdqValues::clipped(ValueId x, const IntegerFormat& format, IntRange clamp,
                           const std::string& name) {
  const bool relu =
      clamp.lo == format.params.zero_point && clamp.hi == limits(container(format.range, name)).hi;
  const Clip clip{.min = dequantize(clamp.lo, format.params),
                  .max = dequantize(clamp.hi, format.params)};
  const ValueId y = add_value(graph, {.name = fresh(name + ".clamped"), .shape = graph[x].shape});
  append(relu ? Op(Relu{}) : Op(clip), {x}, y);
  return y;
}

}  // namespace vernier
