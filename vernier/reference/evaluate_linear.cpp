#include <array>

#include "vernier/loops/convolution.h"
#include "vernier/loops/matrix_product.h"
#include "vernier/reference/evaluate_one.h"
#include "vernier/reference/spatial_window.h"

namespace vernier {
namespace {

Window window_of(const Op& op, Tensors x, const ValueType& type) {
  return spatial_window(op, x[0].shape(), type.shape, std::span(x[1].shape()).subspan(2));
}

Convolution geometry(const Window& window, std::int64_t group, const Shape& x, const Shape& y) {
  return {
      .window = window, .batch = x[0], .channels_in = x[1], .channels_out = y[1], .group = group};
}

ConvolutionArrays arrays(Tensors x, Tensor& y) {
  return {.x = x[0].view<float>().data(),
          .weight = x[1].view<float>().data(),
          .bias = x[2].view<float>().data(),
          .y = y.edit<float>().data()};
}

// A matrix, or the last two axes of a stack of them.
MatrixStrides strides(const Shape& shape, bool transposed) {
  const std::int64_t columns = shape.back();
  return transposed ? MatrixStrides{1, columns} : MatrixStrides{columns, 1};
}

// Which matrix of an operand goes with each matrix of the result, under broadcasting.
std::vector<std::int64_t> matrix_numbers(const Shape& stack, const Shape& result_stack) {
  Tensor numbers(DType::i64, stack);
  std::int64_t next = 0;
  for (std::int64_t& number : numbers.edit<std::int64_t>()) number = next++;
  const ValueType type{DType::i64, result_stack};
  const Tensor expanded = evaluate_one(Expand{}, std::span(&numbers, 1), type);
  const auto view = expanded.view<std::int64_t>();
  return {view.begin(), view.end()};
}

}  // namespace

Tensor evaluate_one(const Conv& op, Tensors x, const ValueType& type) {
  const Window window = window_of(op, x, type);
  Tensor y(DType::f32, type.shape);
  convolve(geometry(window, op.group, x[0].shape(), type.shape), arrays(x, y));
  if (x.size() == 4) y = evaluate_binary("Add", std::array{y, x[3]}, type);
  return activated(std::move(y), op.activation);
}

Tensor evaluate_one(const ConvTranspose& op, Tensors x, const ValueType& type) {
  const Window window = window_of(op, x, type);
  Tensor y(DType::f32, type.shape);
  convolve_transposed(geometry(window, op.group, x[0].shape(), type.shape), arrays(x, y));
  return activated(std::move(y), op.activation);
}

Tensor evaluate_one(const Gemm& op, Tensors x, const ValueType& type) {
  const bool a_transposed = op.transA != 0;
  const MatrixProduct product{.m = type.shape[0],
                              .n = type.shape[1],
                              .k = x[0].shape()[a_transposed ? 0 : 1],
                              .a = strides(x[0].shape(), a_transposed),
                              .b = strides(x[1].shape(), op.transB != 0)};
  Tensor y(DType::f32, type.shape);
  Tensor c = x[2];
  multiply_matrices(product, x[0].view<float>().data(), x[1].view<float>().data(),
                    y.edit<float>().data());
  for (float& value : y.edit<float>()) value *= op.alpha;
  for (float& value : c.edit<float>()) value *= op.beta;
  return activated(evaluate_binary("Add", std::array{y, c}, type), op.activation);
}

Tensor evaluate_one(const MatMul& /*op*/, Tensors x, const ValueType& type) {
  // A vector on the left is a row, on the right a column; the result has no axis for it.
  Shape a = x[0].shape();
  Shape b = x[1].shape();
  const std::ptrdiff_t kept =
      std::ssize(type.shape) - (a.size() > 1 ? 1 : 0) - (b.size() > 1 ? 1 : 0);
  if (a.size() == 1) a.insert(a.begin(), 1);
  if (b.size() == 1) b.push_back(1);
  const MatrixProduct product{.m = a[a.size() - 2],
                              .n = b.back(),
                              .k = a.back(),
                              .a = strides(a, false),
                              .b = strides(b, false)};
  const Shape stack(type.shape.begin(), type.shape.begin() + kept);
  const auto a_numbers = matrix_numbers({a.begin(), a.end() - 2}, stack);
  const auto b_numbers = matrix_numbers({b.begin(), b.end() - 2}, stack);
  Tensor y(DType::f32, type.shape);
  float* result = y.edit<float>().data();
  for (std::size_t i = 0; i < a_numbers.size(); ++i, result += product.m * product.n) {
    multiply_matrices(product, x[0].view<float>().data() + a_numbers[i] * product.m * product.k,
                      x[1].view<float>().data() + b_numbers[i] * product.k * product.n, result);
  }
  return y;
}

}  // namespace vernier
