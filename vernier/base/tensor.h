#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "vernier/base/enum_names.h"
#include "vernier/base/error.h"

namespace vernier {

/// Sizes of a tensor, outermost first: NCHW for activations, OIHW for weights. Empty: a scalar.
using Shape = std::vector<std::int64_t>;

/// Product of the sizes; 1 for a scalar.
std::int64_t element_count(const Shape& shape);

/// "[1,3,224,224]"
std::string to_string(const Shape& shape);

enum class DType : std::uint8_t { f32, f64, i64, i32, i16, u16, i8, u8 };
template <>
struct EnumNames<DType> {
  static constexpr std::array<std::string_view, 8> names = {"f32", "f64", "i64", "i32",
                                                            "i16", "u16", "i8",  "u8"};
};

std::int64_t byte_size(DType dtype);
std::string_view name(DType dtype);

template <typename T>
constexpr DType dtype_of() {
  if constexpr (std::is_same_v<T, float>) return DType::f32;
  if constexpr (std::is_same_v<T, double>) return DType::f64;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::i64;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::i32;
  if constexpr (std::is_same_v<T, std::int16_t>) return DType::i16;
  if constexpr (std::is_same_v<T, std::uint16_t>) return DType::u16;
  if constexpr (std::is_same_v<T, std::int8_t>) return DType::i8;
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::u8;
}

/// body(T{}) for the C++ type T of a dtype.
template <typename Body>
decltype(auto) visit_dtype(DType dtype, Body&& body) {
  switch (dtype) {
    case DType::f32:
      return body(float{});
    case DType::f64:
      return body(double{});
    case DType::i64:
      return body(std::int64_t{});
    case DType::i32:
      return body(std::int32_t{});
    case DType::i16:
      return body(std::int16_t{});
    case DType::u16:
      return body(std::uint16_t{});
    case DType::i8:
      return body(std::int8_t{});
    case DType::u8:
      return body(std::uint8_t{});
  }
  contract_broken("the dtype is one of the enumerators", std::source_location::current());
}

/// A cache line, and the widest vector register: what kernels and oneDNN like best.
inline constexpr std::size_t byte_alignment = 64;

/// Memory that begins at a multiple of `byte_alignment`; every whole 2 MB of it are asked for as
/// one page, so that streams through them do not wait for addresses. std::bad_alloc: there is none.
void* aligned_memory(std::size_t bytes);
void free_aligned_memory(void* memory, std::size_t bytes);

template <typename T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U>& /*other*/) {}  // NOLINT(google-explicit-constructor)
  T* allocate(std::size_t n) { return static_cast<T*>(aligned_memory(n * sizeof(T))); }
  void deallocate(T* p, std::size_t n) { free_aligned_memory(p, n * sizeof(T)); }
  bool operator==(const AlignedAllocator& /*other*/) const { return true; }
};

using AlignedBytes = std::vector<std::byte, AlignedAllocator<std::byte>>;

/// A dense, row-major array that behaves like a value: copies are independent.
/// Copying is cheap because the bytes are shared until somebody calls `edit`.
class Tensor {
 public:
  Tensor() = default;
  /// All elements zero.
  Tensor(DType dtype, Shape shape);

  template <typename T>
  static Tensor of(Shape shape, std::span<const T> elements) {
    Tensor tensor(dtype_of<T>(), std::move(shape));
    VERNIER_CHECK(static_cast<std::size_t>(tensor.size()) == elements.size());
    std::copy(elements.begin(), elements.end(), tensor.edit<T>().begin());
    return tensor;
  }

  DType dtype() const { return dtype_; }
  const Shape& shape() const { return shape_; }
  std::int64_t size() const { return element_count(shape_); }

  template <typename T>
  std::span<const T> view() const {
    VERNIER_CHECK(dtype_ == dtype_of<T>());
    return {reinterpret_cast<const T*>(bytes_->data()), static_cast<std::size_t>(size())};
  }

  template <typename T>
  std::span<T> edit() {
    VERNIER_CHECK(dtype_ == dtype_of<T>());
    unshare();
    return {reinterpret_cast<T*>(bytes_->data()), static_cast<std::size_t>(size())};
  }

  std::span<const std::byte> bytes() const { return *bytes_; }
  std::span<std::byte> edit_bytes();

  /// The same elements under another shape of the same element count; shares the bytes.
  Tensor reshaped(Shape shape) const;

  /// Same type, shape and bits.
  bool operator==(const Tensor& other) const;

 private:
  void unshare();

  DType dtype_ = DType::f32;
  Shape shape_ = {0};
  std::shared_ptr<AlignedBytes> bytes_ = std::make_shared<AlignedBytes>();
};

}  // namespace vernier
