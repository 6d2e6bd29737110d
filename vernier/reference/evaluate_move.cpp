#include "vernier/loops/axis_view.h"
#include "vernier/loops/cast.h"
#include "vernier/reference/evaluate_one.h"
#include "vernier/reference/resize_axes.h"

namespace vernier {

Tensor run_move(const Move& move, const Tensor& x, const ValueType& type, float fill) {
  MovedElement element{.bytes = byte_size(type.dtype)};
  const std::span<std::byte> bytes(element.fill);
  cast({DType::f32, std::as_bytes(std::span(&fill, 1))}, type.dtype,
       bytes.first(static_cast<std::size_t>(element.bytes)));
  Tensor y(type.dtype, type.shape);
  run_move(move, element, x.bytes().data(), y.edit_bytes().data());
  return y;
}

Tensor evaluate_one(const Concat& op, Tensors x, const ValueType& type) {
  std::vector<std::span<const std::byte>> parts;
  for (const Tensor& part : x) parts.push_back(part.bytes());
  Tensor y(type.dtype, type.shape);
  concatenate(axis_view(type.shape, op.axis).outer, parts, y.edit_bytes().data());
  return y;
}

Tensor evaluate_one(const Pad& op, Tensors x, const ValueType& type) {
  return run_move(move_of(op, x[0].shape(), type.shape), x[0], type, op.value);
}

Tensor evaluate_one(const Gather& op, Tensors x, const ValueType& type) {
  return run_move(move_of(op, x[0].shape(), x[1].view<std::int64_t>()), x[0], type);
}

Tensor evaluate_one(const Resize& op, Tensors x, const ValueType& type) {
  if (op.mode == ResizeMode::nearest) {
    const Move move = nearest_move(op, x[0].shape(), type.shape);
    return run_move(move, x[0], type, op.extrapolation_value);
  }
  Tensor result = x[0];
  for (const auto& [axis, plan] : interpolated_axes(op, x[0].shape(), type.shape)) {
    ValueType next{DType::f32, result.shape()};
    next.shape[axis] = type.shape[axis];
    check_result(op.type, next);
    Tensor resized(DType::f32, next.shape);
    interpolate_axis(plan, axis_view(result.shape(), static_cast<std::int64_t>(axis)),
                     result.view<float>().data(), resized.edit<float>().data());
    result = std::move(resized);
  }
  return result;
}

std::vector<Tensor> evaluate_split(const Split& op, const Tensor& x,
                                   std::span<const ValueType> types) {
  std::vector<Tensor> parts;
  parts.reserve(types.size());
  for (std::size_t part = 0; part < types.size(); ++part) {
    parts.push_back(run_move(move_of_part(op, x.shape(), part), x, types[part]));
  }
  return parts;
}

}  // namespace vernier
