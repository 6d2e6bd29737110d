#include "vernier/base/tensor.h"

#include <algorithm>
#include <array>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <fmt/ranges.h>

namespace vernier {
namespace {

constexpr std::size_t large_page = 2 << 20;

std::align_val_t alignment_of(std::size_t bytes) {
  return std::align_val_t{bytes < large_page ? byte_alignment : large_page};
}

}  // namespace

void* aligned_memory(std::size_t bytes) {
  void* memory = ::operator new(bytes, alignment_of(bytes));
#if defined(__linux__)
  if (bytes >= large_page) madvise(memory, bytes, MADV_HUGEPAGE);  // only a wish: it may fail
#endif
  return memory;
}

void free_aligned_memory(void* memory, std::size_t bytes) {
  ::operator delete(memory, alignment_of(bytes));
}

namespace {

// In the order of the enumerators.
constexpr std::array<std::int64_t, 8> byte_sizes = {4, 8, 8, 4, 2, 2, 1, 1};

}  // namespace

std::int64_t element_count(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

std::string to_string(const Shape& shape) { return fmt::format("[{}]", fmt::join(shape, ",")); }

std::int64_t byte_size(DType dtype) { return byte_sizes.at(static_cast<std::size_t>(dtype)); }

std::string_view name(DType dtype) { return enum_name(dtype); }

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
  return dtype_ == other.dtype_ && shape_ == other.shape_ &&
         (bytes_ == other.bytes_ || *bytes_ == *other.bytes_);
}

void Tensor::unshare() {
  if (bytes_.use_count() > 1) bytes_ = std::make_shared<AlignedBytes>(*bytes_);
}

}  // namespace vernier
