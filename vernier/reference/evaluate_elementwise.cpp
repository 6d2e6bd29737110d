#include <array>

#include "vernier/base/table.h"
#include "vernier/loops/binary.h"
#include "vernier/loops/cast.h"
#include "vernier/loops/quantize_linear.h"
#include "vernier/reference/evaluate_one.h"

namespace vernier {
namespace {

template <typename T>
Tensor run_binary(BinaryLoop<T> loop, std::string_view name, Tensors x, const ValueType& type) {
  if (loop == nullptr) {
    fail("{}: cannot compute {}, expected f32", name, vernier::name(type.dtype));
  }
  Tensor y(type.dtype, type.shape);
  loop(broadcast(x[0].shape(), x[1].shape()), x[0].view<T>().data(), x[1].view<T>().data(),
       y.edit<T>().data());
  return y;
}

Tensor converted(const Tensor& x, DType to) {
  Tensor y(to, x.shape());
  cast({x.dtype(), x.bytes()}, to, y.edit_bytes());
  return y;
}

// One scale for the whole of x, or one for each index of its axis.
AxisView quantized_view(const Tensor& x, const Tensor& scale, std::int64_t axis) {
  return scale.size() == 1 ? AxisView{.inner = x.size()} : axis_view(x.shape(), axis);
}

}  // namespace

Tensor activated(Tensor y, const Activation& activation) {
  if (activation != Activation{}) clamp(y.edit<float>(), activation.lo, activation.hi);
  return y;
}

Tensor evaluate_unary(std::string_view name, const Tensor& x, UnaryParams params) {
  Tensor y(DType::f32, x.shape());
  find(unary_functions(), name, "function").apply(x.view<float>(), params, y.edit<float>());
  return y;
}

Tensor evaluate_binary(std::string_view name, Tensors x, const ValueType& type) {
  const BinaryFunction& function = find(binary_functions(), name, "function");
  if (type.dtype == DType::i64) return run_binary(function.i64, name, x, type);
  if (type.dtype == DType::i32) return run_binary(function.i32, name, x, type);
  return run_binary(function.f32, name, x, type);
}

Tensor evaluate_one(const Add& op, Tensors x, const ValueType& type) {
  return activated(evaluate_binary(op.type, x, type), op.activation);
}

Tensor evaluate_one(const Mul& op, Tensors x, const ValueType& type) {
  return activated(evaluate_binary(op.type, x, type), op.activation);
}

Tensor evaluate_one(const Neg& op, Tensors x, const ValueType& type) {
  if (type.dtype == DType::f32) return evaluate_unary(op.type, x[0]);
  return evaluate_binary("Sub", std::array{Tensor(type.dtype, {}), x[0]}, type);
}

Tensor evaluate_one(const Abs& op, Tensors x, const ValueType& type) {
  if (type.dtype == DType::f32) return evaluate_unary(op.type, x[0]);
  return evaluate_binary("Max", std::array{x[0], evaluate_one(Neg{}, x, type)}, type);
}

Tensor evaluate_one(const Cast& op, Tensors x, const ValueType& /*type*/) {
  return converted(x[0], op.to);
}

Tensor evaluate_one(const QuantizeLinear& op, Tensors x, const ValueType& type) {
  const Tensor zero_points = converted(x[2], DType::i32);
  const LinearParams params{x[1].view<float>().data(), zero_points.view<std::int32_t>().data()};
  const AxisView view = quantized_view(x[0], x[1], op.axis);
  Tensor y(type.dtype, type.shape);
  visit_dtype(type.dtype, [&](auto zero) {
    using Integer = decltype(zero);
    if constexpr (std::is_integral_v<Integer> && sizeof(Integer) <= 2) {
      quantize_linear(view, params, x[0].view<float>().data(), y.edit<Integer>().data());
    } else {
      fail("QuantizeLinear: cannot quantize to {}, expected 8 or 16 bits", name(op.to));
    }
  });
  return y;
}

Tensor evaluate_one(const DequantizeLinear& op, Tensors x, const ValueType& type) {
  const Tensor zero_points = converted(x[2], DType::i32);
  const LinearParams params{x[1].view<float>().data(), zero_points.view<std::int32_t>().data()};
  const AxisView view = quantized_view(x[0], x[1], op.axis);
  Tensor y(type.dtype, type.shape);
  visit_dtype(x[0].dtype(), [&](auto zero) {
    using Integer = decltype(zero);
    if constexpr (std::is_integral_v<Integer> && sizeof(Integer) <= 4) {
      dequantize_linear(view, params, x[0].view<Integer>().data(), y.edit<float>().data());
    }
  });
  return y;
}

}  // namespace vernier
