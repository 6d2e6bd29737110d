#include "vernier/loops/binary.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <type_traits>

#include "vernier/loops/axis_view.h"

namespace vernier {
namespace {

// Signed overflow is undefined: integers are computed without their sign.
template <typename T>
struct Wrapping {
  using Type = std::make_unsigned_t<T>;
};
template <>
struct Wrapping<float> {
  using Type = float;
};
template <typename T>
using WrappingType = typename Wrapping<T>::Type;

template <typename T>
T add(T a, T b) {
  return static_cast<T>(static_cast<WrappingType<T>>(a) + static_cast<WrappingType<T>>(b));
}
template <typename T>
T subtract(T a, T b) {
  return static_cast<T>(static_cast<WrappingType<T>>(a) - static_cast<WrappingType<T>>(b));
}
template <typename T>
T multiply(T a, T b) {
  return static_cast<T>(static_cast<WrappingType<T>>(a) * static_cast<WrappingType<T>>(b));
}
template <typename T>
T divide(T a, T b) {
  if constexpr (std::is_integral_v<T>) {
    if (b == 0) fail("Div: an integer is divided by zero");
    if (b == -1) return subtract(T{0}, a);
  }
  return a / b;
}
template <typename T>
T larger(T a, T b) {
  return a < b ? b : a;
}
template <typename T>
T smaller(T a, T b) {
  return b < a ? b : a;
}
float power(float a, float b) {
  return static_cast<float>(std::pow(static_cast<double>(a), static_cast<double>(b)));
}
float prelu(float x, float slope) { return x < 0.0F ? slope * x : x; }

// Separate loops, because each becomes a vector loop.
template <typename T, T (*Function)(T, T)>
void row(const Broadcast& broadcast, const T* a, const T* b, T* y) {
  const std::int64_t size = broadcast.sizes.back();
  if (broadcast.a_strides.back() == 0) {
    const T constant = *a;
    for (std::int64_t i = 0; i < size; ++i) y[i] = Function(constant, b[i]);
  } else if (broadcast.b_strides.back() == 0) {
    const T constant = *b;
    for (std::int64_t i = 0; i < size; ++i) y[i] = Function(a[i], constant);
  } else {
    for (std::int64_t i = 0; i < size; ++i) y[i] = Function(a[i], b[i]);
  }
}

template <typename T>
struct Operands {
  const T* a;
  const T* b;
  T* y;
};

template <typename T>
using Row = void (*)(const Broadcast& broadcast, const T* a, const T* b, T* y);

// Everything under one index of the axes before `axis`; y moves to its end.
template <typename T>
void walk(const Broadcast& broadcast, std::size_t axis, Row<T> row, Operands<T>& at) {
  if (axis + 1 == broadcast.sizes.size()) {
    row(broadcast, at.a, at.b, at.y);
    at.y += broadcast.sizes.back();
    return;
  }
  for (std::int64_t i = 0; i < broadcast.sizes[axis]; ++i) {
    Operands<T> below{at.a + i * broadcast.a_strides[axis], at.b + i * broadcast.b_strides[axis],
                      at.y};
    walk(broadcast, axis + 1, row, below);
    at.y = below.y;
  }
}

template <typename T, T (*Function)(T, T)>
void apply(const Broadcast& broadcast, const T* a, const T* b, T* y) {
  Operands<T> start{a, b, y};
  walk(broadcast, 0, row<T, Function>, start);
}

constexpr std::array<BinaryFunction, 8> functions = {{
    {"Add", apply<float, add>, apply<std::int64_t, add>, apply<std::int32_t, add>},
    {"Sub", apply<float, subtract>, apply<std::int64_t, subtract>, apply<std::int32_t, subtract>},
    {"Mul", apply<float, multiply>, apply<std::int64_t, multiply>, apply<std::int32_t, multiply>},
    {"Div", apply<float, divide>, apply<std::int64_t, divide>, apply<std::int32_t, divide>},
    {"Max", apply<float, larger>, apply<std::int64_t, larger>, apply<std::int32_t, larger>},
    {"Min", apply<float, smaller>, apply<std::int64_t, smaller>, apply<std::int32_t, smaller>},
    {"Pow", apply<float, power>, nullptr, nullptr},
    {"PRelu", apply<float, prelu>, nullptr, nullptr},
}};

// Sizes with ones in front, up to this rank.
Shape with_rank(const Shape& shape, std::size_t rank) {
  Shape result(rank - shape.size(), 1);
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

// Appends an axis, or lets the last one grow where both operands go on at the same pace.
void append(Broadcast& result, std::int64_t size, std::int64_t a_stride, std::int64_t b_stride) {
  if (!result.sizes.empty() && result.a_strides.back() == size * a_stride &&
      result.b_strides.back() == size * b_stride) {
    result.sizes.back() *= size;
    result.a_strides.back() = a_stride;
    result.b_strides.back() = b_stride;
    return;
  }
  result.sizes.push_back(size);
  result.a_strides.push_back(a_stride);
  result.b_strides.push_back(b_stride);
}

}  // namespace

Broadcast broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.size(), b.size());
  const Shape a_sizes = with_rank(a, rank);
  const Shape b_sizes = with_rank(b, rank);
  const std::vector<std::int64_t> a_strides = dense_strides(a_sizes);
  const std::vector<std::int64_t> b_strides = dense_strides(b_sizes);
  Broadcast result;
  for (std::size_t i = 0; i < rank; ++i) {
    if (a_sizes[i] != b_sizes[i] && a_sizes[i] != 1 && b_sizes[i] != 1) {
      fail("shapes {} and {} do not broadcast", to_string(a), to_string(b));
    }
    const std::int64_t size = a_sizes[i] == 1 ? b_sizes[i] : a_sizes[i];
    if (size == 1) continue;
    append(result, size, a_sizes[i] == 1 ? 0 : a_strides[i], b_sizes[i] == 1 ? 0 : b_strides[i]);
  }
  if (result.sizes.empty()) append(result, 1, 1, 1);
  return result;
}

std::span<const BinaryFunction> binary_functions() { return functions; }

}  // namespace vernier
