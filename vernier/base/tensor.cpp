#include "vernier/base/tensor.h"

#include <algorithm>
#include <array>

#include <fmt/ranges.h>

namespace vernier {
namespace {

struct DTypeInfo {
  std::string_view name;
  std::int64_t bytes;
};

// In the order of the enumerators.
constexpr std::array<DTypeInfo, 8> dtypes = {
    {{"f32", 4}, {"f64", 8}, {"i64", 8}, {"i32", 4}, {"i16", 2}, {"u16", 2}, {"i8", 1}, {"u8", 1}}};

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

std::int64_t byte_size(DType dtype) { return dtypes.at(static_cast<std::size_t>(dtype)).bytes; }

std::string_view name(DType dtype) { return dtypes.at(static_cast<std::size_t>(dtype)).name; }

Tensor::Tensor(DType dtype, Shape shape)
    : dtype_(dtype),
      shape_(std::move(shape)),
      bytes_(std::make_shared<AlignedBytes>(
          static_cast<std::size_t>(element_count(shape_) * byte_size(dtype_)))) {}

std::span<std::byte> Tensor::edit_bytes() {
  unshare();
  return *bytes_;
}

Tensor Tensor::reshaped(Shape shape) const {
  VERNIER_CHECK(element_count(shape) == size());
  Tensor result = *this;
  result.shape_ = std::move(shape);
  return result;
}

bool Tensor::operator==(const Tensor& other) const {
  return dtype_ == other.dtype_ && shape_ == other.shape_ && *bytes_ == *other.bytes_;
}

void Tensor::unshare() {
  if (bytes_.use_count() > 1) bytes_ = std::make_shared<AlignedBytes>(*bytes_);
}

}  // namespace vernier
