#include "vernier/loops/normalize.h"
#include "vernier/loops/pool.h"
#include "vernier/loops/reduce.h"
#include "vernier/reference/evaluate_one.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

Pooling pooling(const Op& op, const Tensor& x, const ValueType& type) {
  return {.window = spatial_window(op, x.shape(), type.shape),
          .planes = type.shape[0] * type.shape[1]};
}

template <typename T>
Tensor summed(const ReduceSum& op, const Tensor& x, const ValueType& type) {
  Tensor y(type.dtype, type.shape);
  reduce_sum(plan_reduction(x.shape(), op.axes), x.view<T>().data(), y.edit<T>().data());
  return y;
}

}  // namespace

Tensor evaluate_one(const BatchNormalization& op, Tensors x, const ValueType& type) {
  const auto channels = [&](std::size_t input) { return x[input].view<float>().data(); };
  Tensor y(DType::f32, type.shape);
  batch_normalize({.scale = channels(1),
                   .bias = channels(2),
                   .mean = channels(3),
                   .variance = channels(4),
                   .epsilon = op.epsilon},
                  axis_view(type.shape, 1), x[0].view<float>().data(), y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const Softmax& op, Tensors x, const ValueType& type) {
  AxisView view = axis_view(type.shape, op.axis);
  if (op.flatten) view = {.outer = view.outer, .size = view.size * view.inner};
  Tensor y(DType::f32, type.shape);
  softmax(view, x[0].view<float>().data(), y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const LRN& op, Tensors x, const ValueType& type) {
  Tensor y(DType::f32, type.shape);
  local_response_normalize({.alpha = op.alpha, .beta = op.beta, .bias = op.bias, .size = op.size},
                           axis_view(type.shape, 1), x[0].view<float>().data(),
                           y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const MaxPool& op, Tensors x, const ValueType& type) {
  Tensor y(DType::f32, type.shape);
  max_pool(pooling(op, x[0], type), x[0].view<float>().data(), y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const AveragePool& op, Tensors x, const ValueType& type) {
  const PoolDivisor divisor =
      op.count_include_pad ? PoolDivisor::elements_and_padding : PoolDivisor::elements;
  Tensor y(DType::f32, type.shape);
  average_pool(pooling(op, x[0], type), divisor, x[0].view<float>().data(), y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const GlobalAveragePool& /*op*/, Tensors x, const ValueType& type) {
  const AxisView view = axis_view(x[0].shape(), 1);
  const Shape planes = {view.outer * view.size, view.inner};
  Tensor y(DType::f32, type.shape);
  reduce_mean(plan_reduction(planes, Shape{1}), x[0].view<float>().data(), y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const GlobalMaxPool& op, Tensors x, const ValueType& type) {
  Tensor y(DType::f32, type.shape);
  max_pool(pooling(op, x[0], type), x[0].view<float>().data(), y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const ReduceMean& op, Tensors x, const ValueType& type) {
  Tensor y(DType::f32, type.shape);
  reduce_mean(plan_reduction(x[0].shape(), op.axes), x[0].view<float>().data(),
              y.edit<float>().data());
  return y;
}

Tensor evaluate_one(const ReduceSum& op, Tensors x, const ValueType& type) {
  if (type.dtype == DType::i64) return summed<std::int64_t>(op, x[0], type);
  if (type.dtype == DType::i32) return summed<std::int32_t>(op, x[0], type);
  return summed<float>(op, x[0], type);
}

}  // namespace vernier
